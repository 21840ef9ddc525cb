"""What each stage of a run took, kept true across interruptions."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unsup_asr import parallel
from unsup_asr.files import read_json, write_json


class Budget:
    """Seconds by stage, in `budget.json`; a resumed stage adds to what it had.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seconds: dict[str, float] = read_json(path) if path.exists() else {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Times what is done inside."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + time.monotonic() - begun, 2)
            if parallel.is_first():
                write_json(self.path, self.seconds)
