"""Checkpoints on their way to our models."""

from pathlib import Path
from typing import Any

import pytest

from tests.unsup_asr.models.speech_clip.published.written import write
from unsup_asr.models.speech_clip.published.convert import Converted, convert


@pytest.fixture
def converted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Writes and converts the content of a checkpoint."""

    def write_and_convert(content: Any) -> Converted:
        return convert(write(tmp_path / "model.ckpt", content, monkeypatch))

    return write_and_convert
