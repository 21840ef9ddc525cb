"""Places: spoken captions of the same pictures in English, Hindi and Japanese."""

from unsup_asr.corpora.published.places.prepare import (
    prepare_places_en,
    prepare_places_hi,
    prepare_places_ja,
    prepare_places_multi,
)

__all__ = ["prepare_places_en", "prepare_places_hi", "prepare_places_ja", "prepare_places_multi"]
