"""Corpora made in parts by worker processes: parts that are there already are not made again."""

from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from unsup_asr.progress import progress

PART = 200


def parts(total: int) -> list[range]:
    """`range(total)` in consecutive pieces of at most PART."""
    return [range(begin, min(begin + PART, total)) for begin in range(0, total, PART)]


def make_parts(
    what: str, files: Mapping[range, Path], make: Callable[[range, Path], None], pool: ProcessPoolExecutor
) -> None:
    """Make the parts whose files are missing.

    Args:
        what: is being made, for the progress report.
        files: for each part the file that says that it is complete.
        make: called as `make(part, file)` in a worker; writes `file` last, whole or not at all.
        pool: the workers. After an error, or an interrupt, they begin no further part.
    """
    with progress(what, len(files)) as report:
        jobs = [pool.submit(make, part, file) for part, file in files.items() if not file.exists()]
        try:
            for done, job in enumerate(as_completed(jobs), start=len(files) - len(jobs) + 1):
                job.result()
                report(done)
        finally:
            for job in jobs:
                job.cancel()
