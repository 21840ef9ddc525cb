"""Texts that language models are estimated on."""

from pathlib import Path

import pytest

from tests.lm.drawn_text import draw_text


@pytest.fixture(scope="session")
def text() -> list[list[str]]:
    return draw_text(400, seed=0)


@pytest.fixture(scope="session")
def golden() -> Path:
    folder = Path(__file__).resolve().parents[3] / "shared" / "data" / "lm_golden"
    if not folder.is_dir():
        pytest.skip(f"lmplz's own output is not at {folder}")
    return folder
