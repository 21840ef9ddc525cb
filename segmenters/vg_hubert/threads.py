"""Work spread over the processor's cores, a piece a core."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def one_thread_each(work: Callable[[Piece], Result], pieces: Sequence[Piece]) -> Iterator[Result]:
    """The results of pieces in order, each computed on a single thread, as many at once as torch has threads.

    Cores that share one matrix product wait for each other after every operation; cores with pieces of their
    own never do. A single piece still has all threads.
    """
    threads = torch.get_num_threads()
    if threads == 1 or len(pieces) < 2:
        yield from map(work, pieces)
        return
    pool = ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,))
    try:
        yield from pool.map(work, pieces)
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(threads)  # MKL's count is the whole process's
