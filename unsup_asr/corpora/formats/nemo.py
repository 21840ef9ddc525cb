"""NeMo's manifests: JSON lines of `audio_filepath`, `duration` and `text`, and whatever else a line holds.

NeMo passes over fields that it does not know, so that a line can hold everything that a manifest of ours does.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from unsup_asr.corpora.formats.names import Ids
from unsup_asr.corpora.formats.rows import FIELDS, utterance_fields, utterance_row
from unsup_asr.corpora.formats.transfer import Exported, Imported
from unsup_asr.data.fields import Fields
from unsup_asr.data.manifest import Utterance
from unsup_asr.data.text import read_lines
from unsup_asr.errors import InputError
from unsup_asr.files import write_jsonl

# What NeMo has under several names, by ours; of those of a line the first counts.
_NAMES = {
    "audio_filepath": ("audio_filepath", "audio_filename"),
    "text": ("text", "normalized_text"),
    "lang": ("lang", "language", "source_lang"),
}
_TARGET, _ENGLISH = "target_lang", "en"
_READ = {*FIELDS, "offset", "image_filepath", _TARGET, *(name for names in _NAMES.values() for name in names)}


def write_nemo(utterances: Iterable[Utterance], path: Path) -> Exported:
    """Write a manifest that NeMo reads, atomically; with absolute paths, for NeMo leaves some others as they are.

    An utterance without a text gets none, which NeMo takes for an empty one.
    """
    rows = [_row(utterance) for utterance in utterances]
    write_jsonl(path, rows)
    return Exported(len(rows))


def read_nemo(path: Path, lang: str | None = None) -> Imported:
    """Read a manifest of NeMo's, ours or another's; without ids, recordings' names become ids.

    Args:
        path: the manifest. Paths in it are absolute, or relative to its folder.
        lang: language of the speech where a line does not tell it.

    Raises:
        InputError: naming the file and the line.
    """
    path = path.absolute()
    ids, lost = Ids(), Counter[str]()
    utterances = [
        _utterance(Fields.parse(line, f"{path}:{number}"), path.parent, lang, ids, lost)
        for number, line in enumerate(read_lines(path), start=1)
        if line.strip()
    ]
    if not utterances:
        raise InputError("holds no utterance", where=path, remedy="give a manifest of NeMo's")
    return Imported(utterances, lost)


def _row(utterance: Utterance) -> dict[str, Any]:
    image = utterance.image_filepath
    return {
        "audio_filepath": str(utterance.audio_filepath.absolute()),
        "offset": utterance.offset,
        **utterance_row(utterance),
        **({} if image is None else {"image_filepath": str(image.absolute())}),
    }


def _utterance(row: Fields, folder: Path, lang: str | None, ids: Ids, lost: Counter[str]) -> Utterance:
    lost.update(f"field {key!r}" for key in row.values if key not in _READ)
    row = Fields({**row.values, **_ours(row, lost)}, row.where)
    audio = folder / Path(row.string("audio_filepath")).expanduser()
    image = row.optional_string("image_filepath")
    return Utterance(
        audio_filepath=audio,
        offset=row.number("offset", default=0.0, least=0.0),
        image_filepath=None if image is None else folder / image,
        **utterance_fields(row, ids, audio.stem, lang, None, lost),
    )


def _ours(row: Fields, lost: Counter[str]) -> dict[str, Any]:
    """The fields that have other names with NeMo; a text in another language than the speech is a translation."""
    found = {ours: _first(row, theirs) for ours, theirs in _NAMES.items()}
    text, target = found["text"], row.optional_string(_TARGET)
    if text and target and found["lang"] and target != found["lang"]:
        found["text"] = None
        if target == _ENGLISH:
            found["translations"] = [*row.strings("translations"), text]
        else:
            lost["text in another language than English or that of the speech"] += 1
    return found


def _first(row: Fields, names: Iterable[str]) -> Any:
    return next((row.values[name] for name in names if row.values.get(name) is not None), None)
