"""What JSON can tell of an utterance, apart from where its recording and its picture lie."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from unsup_asr.corpora.formats.names import Ids
from unsup_asr.corpora.formats.transfer import spoken_language, within
from unsup_asr.data.fields import Fields
from unsup_asr.data.manifest import Utterance, Word

FIELDS = frozenset({"id", "duration", "lang", "speaker", "image_id", "text", "translations", "words"})


def utterance_row(utterance: Utterance) -> dict[str, Any]:
    """The FIELDS that say something."""
    row = {
        "id": utterance.id,
        "duration": utterance.duration,
        "lang": utterance.lang,
        "speaker": utterance.speaker,
        "image_id": utterance.image_id,
        "text": utterance.text,
        "translations": list(utterance.translations) or None,
        "words": word_rows(utterance.words) or None,
    }
    return {key: value for key, value in row.items() if value is not None}


def utterance_fields(
    row: Fields, ids: Ids, otherwise: str, lang: str | None, duration: float | None, lost: Counter[str]
) -> dict[str, Any]:
    """The FIELDS as an Utterance takes them.

    Args:
        row: what was read.
        ids: of the source so far.
        otherwise: what the id is made of where there is none.
        lang: language of the speech where the row does not tell it.
        duration: of the utterance where the row does not tell it, in seconds.
        lost: counts words with impossible times.

    Raises:
        InputError: the id came before; or a field is missing or of another type.
    """
    told = row.optional_string("id")
    id = ids.new(told, otherwise)
    if id is None:
        raise row.error(f"id {told!r} came before", "give every utterance its own id")
    duration = row.number("duration", default=duration, above=0.0)
    words = (Word(w.string("word"), w.number("start"), w.number("end")) for w in row.objects("words"))
    return {
        "id": id,
        "duration": duration,
        "lang": spoken_language(row.optional_string("lang"), lang, row.where),
        "speaker": row.optional_string("speaker"),
        "image_id": row.optional_string("image_id"),
        "text": row.optional_string("text"),
        "translations": row.strings("translations"),
        "words": within(words, duration, lost),
    }


def word_rows(words: Iterable[Word]) -> list[dict[str, Any]]:
    """Words with their times, as a manifest has them."""
    return [{"word": word.word, "start": word.start, "end": word.end} for word in words]
