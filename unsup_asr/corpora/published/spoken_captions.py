"""A corpus of read-aloud picture captions: from its listing to what is kept."""

from pathlib import Path

from unsup_asr.corpora.preparation import Preparation
from unsup_asr.corpora.published.by_picture import keep_apart
from unsup_asr.corpora.published.listing import Listing, distinct
from unsup_asr.corpora.published.sound_files import with_sound_files
from unsup_asr.corpora.published.text_side import text_side
from unsup_asr.data.references import english_references


def prepare_spoken_captions(
    corpus: str, listing: Listing, text_share: float, captions: Path | None
) -> Preparation:
    """Every id once, every picture in one split, captions of pictures that are not spoken of, sound files.

    Args:
        corpus: its name.
        listing: what the publisher lists; the text of an utterance is what is said in it.
        text_share, captions: as in `text_side`.

    Raises:
        UsageError, InputError: as in `text_side`.
    """
    listing = distinct(listing)
    apart, shared = keep_apart(listing.splits, lambda u: u.picture, lambda u: u.id)
    text = text_side(apart, text_share, captions)
    spoken = {**apart, "train": text.train} if "train" in apart else apart
    found = with_sound_files(spoken)
    referenced = any(english_references(u) for utterances in found.kept.values() for u in utterances)
    return Preparation(
        corpus=corpus,
        splits=found.kept,
        captions=text.captions,
        reference_kind="gold" if referenced else None,
        captions_from=text.source,
        left_out=(*listing.left_out, *shared, *text.left_out, *found.broken),
        other_rates=found.other_rates,
    )
