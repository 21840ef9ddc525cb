"""Progress on stderr: bars on a terminal, plain lines otherwise."""

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

LOGGER = logging.getLogger("unsup_asr")
_SECONDS_BETWEEN_LINES = 10.0

Report = Callable[[int], None]


@contextmanager
def progress(what: str, total: int) -> Iterator[Report]:
    """Yields a function to be called with how much of `total` is done."""
    if sys.stderr.isatty():
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(what, total=total)
            yield lambda done: bar.update(task, completed=done)
    else:
        yield _lines(what, total)


def _lines(what: str, total: int) -> Report:
    """A line every few seconds and one at the end."""
    last = time.monotonic()

    def report(done: int) -> None:
        nonlocal last
        if done >= total or time.monotonic() - last >= _SECONDS_BETWEEN_LINES:
            LOGGER.info("%s: %d of %d", what, done, total)
            last = time.monotonic()

    return report
