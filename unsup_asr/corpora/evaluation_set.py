"""Speech with references, to be decoded and scored and nothing else."""

from dataclasses import dataclass
from pathlib import Path

from unsup_asr.corpora.preparation import RECORD
from unsup_asr.data.manifest import Utterance, read_manifest
from unsup_asr.data.references import english_references
from unsup_asr.errors import InputError, UsageError

PREPARED_TEST = "test.jsonl"


@dataclass
class EvaluationSetConfig:
    """A manifest of speech whose English is known.

    Attributes:
        folder: one that `unsup-asr prepare` wrote: its test set, where no other manifest is named.
        test: a manifest with `text` of English speech, or `translations`.
    """

    folder: str | None = None
    test: str | None = None

    def __post_init__(self) -> None:
        if self.folder is not None and self.test is None:
            self.test = str(Path(self.folder) / PREPARED_TEST)


def read_evaluation_set(config: EvaluationSetConfig) -> list[Utterance]:
    """The utterances of the manifest.

    Raises:
        UsageError: none is named, or the folder was not prepared to the end.
        InputError: it cannot be read, or an utterance has no English to be compared with.
    """
    if config.folder is not None and not (Path(config.folder) / RECORD).is_file():
        fault = f"was not prepared to the end: {RECORD} is missing"
        raise UsageError(fault, where=config.folder, remedy="say: unsup-asr prepare CORPUS ROOT OUT")
    if config.test is None:
        raise UsageError("data.test is missing", remedy="say data.folder=FOLDER or data.test=FILE")
    utterances = read_manifest(config.test)
    mute = [utterance for utterance in utterances if not english_references(utterance)]
    if mute:
        shown = f"the first: {mute[0].id}, in {mute[0].lang!r}"
        fault = f"{len(mute)} of {len(utterances)} utterances have no English reference; {shown}"
        remedy = "give them translations, or text where they are English, or leave them out"
        raise InputError(fault, where=config.test, remedy=remedy)
    return utterances
