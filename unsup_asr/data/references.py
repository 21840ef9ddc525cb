"""What the output for an utterance is compared with."""

from unsup_asr.data.manifest import Utterance
from unsup_asr.data.normalisers import ENGLISH, is_english


def english_references(utterance: Utterance) -> tuple[str, ...]:
    """The translations of an utterance, or what is said where that is English, as the manifest writes them.

    Speech in another language without translations has none, whatever its transcript says; and a text without
    a word is none.
    """
    spoken = (utterance.text or "",) if is_english(utterance.lang) else ()
    return tuple(text for text in utterance.translations or spoken if ENGLISH.tokenise(text))
