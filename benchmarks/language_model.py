"""Speed and memory of `lm`, beside KenLM's and lmplz's.

    python benchmarks/language_model.py captions.txt [--order 4] [--times 1]

Prints one line a figure: what, seconds, and the ratio to KenLM or lmplz where that is present.
"""

import argparse
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from itertools import chain, repeat
from pathlib import Path
from statistics import median
from typing import TypeVar

import kenlm
import torch

from lm.arpa import read_arpa, write_arpa
from lm.kneser_ney import estimate
from lm.tensor_model import EntryLM

T = TypeVar("T")
STATES, TOKENS = 256, 2000


def timed(work: Callable[[], T]) -> tuple[float, T]:
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def report(name: str, seconds: float, against: str = "", other: float | None = None) -> None:
    ratio = "" if other is None else f"   {other / seconds:8.2f} times the speed of {against} ({other:.3f} s)"
    print(f"{name:45s} {seconds:9.3f} s{ratio}")


def lmplz_seconds(text: bytes, order: int, folder: Path) -> float | None:
    """Seconds that lmplz takes, where it is installed."""
    if shutil.which("lmplz") is None:
        return None
    command = ["lmplz", "-o", str(order), "--discount_fallback", "-T", str(folder)]
    return timed(lambda: subprocess.run(command, input=text, capture_output=True, check=True))[0]


def advance_against_kenlm(model: EntryLM, words: list[str], path: Path) -> None:
    """Every token after many states: at once, and by a call to KenLM for each."""
    reference = kenlm.Model(str(path))
    history = torch.randint(len(words), (STATES, 3), generator=torch.Generator().manual_seed(0))
    states = model.start(STATES)
    contexts = []
    for row in history.tolist():
        state, following = kenlm.State(), kenlm.State()
        reference.BeginSentenceWrite(state)
        for index in row:
            reference.BaseScore(state, words[index], following)
            state, following = following, state
        contexts.append(state)
    for column in history.unbind(1):
        states = model.step(states, column)[1]
    ours = median(timed(lambda: model.advance(states))[0] for _ in range(20))
    out = kenlm.State()

    def one_by_one() -> None:
        for state in contexts:
            for word in words:
                reference.BaseScore(state, word, out)

    theirs = median(timed(one_by_one)[0] for _ in range(3))
    report(f"{len(contexts)} states × {len(words)} tokens", ours, "KenLM token by token", theirs)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("text", type=Path, help="one sentence a line, words between spaces")
    parser.add_argument("--order", type=int, default=4)
    parser.add_argument("--times", type=int, default=1, help="how often the text is repeated")
    options = parser.parse_args()
    sentences = [line.split() for line in options.text.read_text(encoding="utf-8").splitlines()]
    words = options.times * sum(map(len, sentences))
    text = chain.from_iterable(repeat(sentences, options.times))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds, arpa = timed(lambda: estimate(text, options.order))
        lmplz = lmplz_seconds(options.text.read_bytes() * options.times, options.order, folder)
        report(f"estimate order {options.order}, {words:,} words", seconds, "lmplz", lmplz)
        path = folder / "model.arpa"
        report("write", timed(lambda: write_arpa(arpa, path))[0])
        report("read", timed(lambda: read_arpa(path))[0], "KenLM", timed(lambda: kenlm.Model(str(path)))[0])
        candidates = arpa.vocabulary[3 : 3 + TOKENS]
        seconds, model = timed(lambda: EntryLM.from_arpa(arpa, candidates))
        report(f"tensors, {len(model.keys):,} arcs", seconds)
        advance_against_kenlm(model, candidates, path)
    print(f"largest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
