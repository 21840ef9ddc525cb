"""The mini corpus as files, for people who want to hear and see it, or to train something else on it."""

from pathlib import Path

from unsup_asr.corpora.mini.build import MiniConfig
from unsup_asr.corpora.mini.languages_together import prepare_languages
from unsup_asr.corpora.preparation import Preparation
from unsup_asr.corpora.published.generated import prepare_generated


def prepare_mini_files(folder: Path, config: MiniConfig) -> Preparation:
    """Draw pictures and speak their descriptions.

    Args:
        folder: where recordings, pictures and manifests go.
        config: sizes and seed.

    Raises:
        InputError: the synthesiser is not installed.
        UsageError: the folder holds a corpus of other settings.
    """
    return prepare_generated("mini", config, prepare_languages, folder)
