"""What whole runs on spoken tones stand on."""

from collections.abc import Iterator

import pytest

from tests.unsup_asr.pipeline.tone_run import write_tone_corpus
from unsup_asr.corpora.manifests import ManifestsConfig


@pytest.fixture(scope="module")
def data(tone_speech, tmp_path_factory) -> ManifestsConfig:
    return write_tone_corpus(tmp_path_factory.mktemp("tones") / "corpus", tone_speech)


@pytest.fixture(scope="module")
def own_cache(tmp_path_factory) -> Iterator[None]:
    """One cache for the tests of a file: what their runs stand on is made once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
