"""Worker processes that do not outlive their parent, even where it is killed."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process


@contextmanager
def worker_processes(count: int | None = None) -> Iterator[ProcessPoolExecutor]:
    """A pool of fresh processes, as many as there are processors unless `count` says otherwise."""
    workers = count or os.cpu_count() or 1
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_follow) as pool:
        yield pool


def _follow() -> None:
    """End this process once its parent is gone: a killed parent cannot tell it to stop."""
    parent = parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
