"""The recordings and pictures of a split, as far as they tell whether something is still what it was."""

from pathlib import Path

from unsup_asr.corpora.cache import Corpus
from unsup_asr.corpora.manifests import ManifestsConfig
from unsup_asr.data.manifest import read_manifest
from unsup_asr.pipeline.common_config import CommonConfig


def media_states(config: CommonConfig, corpus: Corpus, split: str) -> list[tuple[int, int]]:
    """Bytes and time of every recording and picture of one's own, zeros where it is missing.

    A mended file is another file. What was generated is known by the key of its corpus.
    """
    if not isinstance(config.data, ManifestsConfig):
        return []
    utterances = read_manifest(corpus.manifest(split))
    paths = [path for u in utterances for path in (u.audio_filepath, u.image_filepath) if path is not None]
    return [file_state(path) for path in paths]


def file_state(path: Path) -> tuple[int, int]:
    """Bytes and time of a file, zeros if it is missing."""
    if not path.exists():
        return (0, 0)
    state = path.stat()
    return (state.st_size, state.st_mtime_ns)
