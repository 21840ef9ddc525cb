"""What the references of a corpus are, and where its captions come from: results say so beside every figure."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unsup_asr.corpora.digits import DigitsConfig
from unsup_asr.corpora.evaluation_set import EvaluationSetConfig
from unsup_asr.corpora.manifests import ManifestsConfig
from unsup_asr.corpora.mini.build import MiniConfig
from unsup_asr.corpora.preparation import RECORD, PreparationRecord, ReferenceKind, read_record


@dataclass(frozen=True)
class Origins:
    """Of the texts of a corpus.

    Attributes:
        reference_kind: what the test set's texts are; None where there are none.
        captions_from: where the captions come from, in words for people; None where none are read.
    """

    reference_kind: ReferenceKind | None
    captions_from: str | None


def origins(config: Any) -> Origins:
    """What is known of the texts of a corpus.

    A prepared folder tells of its own files. A manifest that is named instead holds, by its definition, what is
    said.

    Args:
        config: of a corpus or an evaluation set.
    """
    if isinstance(config, MiniConfig):
        return Origins("gold", "written descriptions of other scenes")
    if isinstance(config, DigitsConfig):
        return Origins("gold", "written rows of other digits")
    if isinstance(config, EvaluationSetConfig):
        return Origins(_reference_kind(config), None)
    assert isinstance(config, ManifestsConfig)
    record = _record(config.folder)
    if record is not None and config.captions == _own(config.folder, "captions.txt"):
        return Origins(_reference_kind(config), record.captions_from)
    file = None if config.captions is None else f"the file {Path(config.captions).name}"
    return Origins(_reference_kind(config), file)


def _reference_kind(config: ManifestsConfig | EvaluationSetConfig) -> ReferenceKind | None:
    record = _record(config.folder)
    return record.reference_kind if record and config.test == _own(config.folder, "test.jsonl") else "gold"


def _record(folder: str | None) -> PreparationRecord | None:
    return read_record(Path(folder)) if folder and (Path(folder) / RECORD).is_file() else None


def _own(folder: str | None, file: str) -> str | None:
    """The path of a prepared folder's file, as the configurations write it."""
    return None if folder is None else str(Path(folder) / file)
