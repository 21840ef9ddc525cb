"""What tests of generated corpora need: bytes of a folder, a run killed midway, a reader of handwriting."""

import hashlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from unsup_asr.corpora import digit_pictures, digits
from unsup_asr.corpora.digit_rows import handwriting
from unsup_asr.corpora.mini import build, clip_pictures
from unsup_asr.processes import worker_processes

Digests = Callable[[Path], dict[str, str]]
KillWhen = Callable[[str, Callable[[], bool]], None]


@pytest.fixture(scope="session")
def workers() -> Iterator[ProcessPoolExecutor]:
    """Worker processes for all tests together: to begin them takes longer than most have to do."""
    with worker_processes() as pool:
        yield pool


@pytest.fixture(scope="module", autouse=True)
def shared_workers(workers: ProcessPoolExecutor) -> Iterator[None]:
    """Whatever is made in these tests is made by the same workers."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (digits, digit_pictures, build, clip_pictures):
            patch.setattr(module, "worker_processes", lambda: nullcontext(workers))
        yield


@pytest.fixture(scope="session")
def digests() -> Digests:
    """Hashes of the files below a folder by their relative paths; hidden files and parts are passed over."""

    def digests(folder: Path) -> dict[str, str]:
        found = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
        return {
            str(name): hashlib.sha256(path.read_bytes()).hexdigest()
            for name, path in sorted(found.items())
            if name.parts[0] != "parts" and not name.name.startswith(".")
        }

    return digests


@pytest.fixture
def kill_when(tmp_path: Path) -> KillWhen:
    """Runs Python statements in a process of their own and kills it (SIGKILL) as soon as something holds."""

    def kill_when(statements: str, holds: Callable[[], bool]) -> None:
        script = tmp_path / "to_be_killed.py"
        script.write_text(f"if __name__ == '__main__':\n    {statements}\n")
        process = subprocess.Popen([sys.executable, script])
        deadline = time.monotonic() + 60
        while not holds() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        process.kill()
        assert process.wait() == -signal.SIGKILL, "it ended before it could be killed"
        assert holds()

    return kill_when


@pytest.fixture(scope="session")
def read_row() -> Callable[[Image.Image], list[int]]:
    """Reads the digits of a row, knowing the handwriting that CLIP learns from and no other."""

    def read_row(image: Image.Image) -> list[int]:
        """The digits of a row by their nearest neighbours among the handwriting that CLIP learns from."""
        known = np.array(
            [sample.ravel() for part in handwriting("clip_train") for sample in part], dtype=float
        )
        labels = np.repeat(np.arange(10), [len(part) for part in handwriting("clip_train")])
        cells = 255 - np.asarray(image.convert("L"), dtype=float).reshape(8, 4, 7, 8, 4)
        filled = cells.max(axis=(0, 1, 3, 4)) > 100
        small = cells.mean(axis=(1, 4)).transpose(1, 0, 2).reshape(7, 64)[filled]
        return [
            int(digit) for digit in labels[np.argmax(standardised(small) @ standardised(known).T, axis=1)]
        ]

    return read_row


def standardised(rows: np.ndarray) -> np.ndarray:
    return (rows - rows.mean(axis=1, keepdims=True)) / rows.std(axis=1, keepdims=True)
