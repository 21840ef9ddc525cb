"""The Free Spoken Digit Dataset (Jakobovski et al.), joined to utterances: the digits corpus as files."""

from dataclasses import replace
from pathlib import Path

from unsup_asr.corpora.digits import DigitsConfig, prepare_digits
from unsup_asr.corpora.preparation import Preparation
from unsup_asr.corpora.published.generated import prepare_generated


def prepare_fsdd(root: Path, folder: Path, config: DigitsConfig) -> Preparation:
    """Join recordings of single digits to utterances, and write them with pictures of handwriting.

    Args:
        root: the dataset's `recordings/`, with `{digit}_{speaker}_{index}.wav`, or the folder that holds it.
        folder: where recordings, pictures and manifests go.
        config: sizes and seed; `fsdd` in it is taken from `root`.

    Raises:
        InputError: the recordings are missing or incomplete.
        UsageError: the folder holds a corpus of other settings.
    """
    recordings = root / "recordings" if (root / "recordings").is_dir() else root
    return prepare_generated("fsdd", replace(config, fsdd=str(recordings)), prepare_digits, folder)
