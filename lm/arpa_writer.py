"""Writing ARPA files."""

import gzip
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from lm.ngrams import Arpa, NGrams

CHUNK = 1 << 17  # lines held as Python objects at a time


def write_arpa(arpa: Arpa, path: Path) -> None:
    """Write an ARPA file, gzipped if its name ends in `.gz`; the same model gives the same bytes.

    The file appears when it is complete, in place of an older one.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            write_arpa_to(arpa, file, gzipped=path.suffix == ".gz")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_arpa_to(arpa: Arpa, file: IO[bytes], gzipped: bool = False) -> None:
    """Write an ARPA file to an open one."""
    if gzipped:
        # No name and no time, so that equal models are equal files.
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed:
            packed.writelines(_pieces(arpa))
    else:
        file.writelines(_pieces(arpa))


def _pieces(arpa: Arpa) -> Iterator[bytes]:
    """The file's text, some lines at a time."""
    yield b"\\data\\\n"
    for n, grams in enumerate(arpa.grams, start=1):
        yield f"ngram {n}={len(grams.ids)}\n".encode()
    for n, grams in enumerate(arpa.grams, start=1):
        yield f"\n\\{n}-grams:\n".encode()
        for begin in range(0, len(grams.ids), CHUNK):
            yield _lines(arpa.vocabulary, grams, slice(begin, begin + CHUNK), n < arpa.order).encode()
    yield b"\n\\end\\\n"


def _lines(vocabulary: list[str], grams: NGrams, part: slice, with_backoff: bool) -> str:
    columns = [[vocabulary[word] for word in column] for column in grams.ids[part].T.tolist()]
    texts = map(" ".join, zip(*columns, strict=True))
    probabilities = map("{:.9g}".format, grams.log10_probabilities[part].tolist())
    if not with_backoff:
        return "".join(f"{p}\t{text}\n" for p, text in zip(probabilities, texts, strict=True))
    # Adding 0 turns -0 into 0.
    backoffs = map("{:.9g}".format, (grams.log10_backoffs[part] + 0.0).tolist())
    return "".join(f"{p}\t{text}\t{b}\n" for p, text, b in zip(probabilities, texts, backoffs, strict=True))
