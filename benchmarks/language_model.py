"""Speed and memory of `lm`, beside KenLM's and lmplz's.

    python benchmarks/language_model.py captions.txt [--order 4] [--times 8] [--ngrams 10000000]

Prints a line a figure: what, seconds, largest memory of the process so far, and the ratio to KenLM or lmplz where
that is present. Each part runs in a process of its own.
"""

import argparse
import multiprocessing
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
import numpy as np
import torch

from lm.arpa import Arpa, NGrams, read_arpa, write_arpa
from lm.kneser_ney import estimate
from lm.tensor_model import EntryLM

T = TypeVar("T")
STATES, TOKENS = 256, 2000
FEW, PAIRS = 100, (64, 72, 45)  # tokens of a small model; what a reordering beam asks of it for 64 utterances
WORDS = 50_000  # of the drawn model


def timed(work: Callable[[], T]) -> tuple[float, T]:
    begin = time.perf_counter()
    result = work()
    return time.perf_counter() - begin, result


def report(name: str, seconds: float, against: str = "", other: float | None = None) -> None:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    ratio = "" if other is None else f"   {other / seconds:7.2f} times the speed of {against} ({other:.3f} s)"
    print(f"{name:48s} {seconds:8.3f} s {memory:6.2f} GB{ratio}", flush=True)


def lmplz_seconds(text: bytes, order: int) -> float | None:
    """Seconds that lmplz takes, where it is installed."""
    if shutil.which("lmplz") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        command = ["lmplz", "-o", str(order), "--discount_fallback", "-S", "1G", "-T", f"{folder}/"]
        return timed(lambda: subprocess.run(command, input=text, capture_output=True, check=True))[0]


def estimation(path: Path, order: int, times: int) -> None:
    """The text `times` over."""
    sentences = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    words = times * sum(map(len, sentences))
    text = chain.from_iterable(repeat(sentences, times))
    seconds, _ = timed(lambda: estimate(text, order))
    lmplz = lmplz_seconds(path.read_bytes() * times, order)
    report(f"estimate order {order}, {words:,} words", seconds, "lmplz", lmplz)


def agreement(path: Path, order: int) -> None:
    """Largest difference from lmplz, where it is installed."""
    if shutil.which("lmplz") is None:
        return
    sentences = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    ours, theirs = (estimate(sentences, order, backend=backend) for backend in ("numpy", "lmplz"))
    same = all(np.array_equal(a.ids, b.ids) for a, b in zip(ours.grams, theirs.grams, strict=True))
    difference = max(
        max(
            np.abs(a.log10_probabilities - b.log10_probabilities).max(),
            np.abs(a.log10_backoffs - b.log10_backoffs).max(),
        )
        for a, b in zip(ours.grams, theirs.grams, strict=True)
    )
    print(f"the same n-grams as lmplz: {same}; largest difference of a log10: {difference:.1e}", flush=True)


def querying(path: Path, order: int) -> None:
    """Writing, reading, tensors, and every token after many states: at once, and by a call to KenLM for each."""
    arpa = estimate((line.split() for line in path.read_text(encoding="utf-8").splitlines()), order)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.arpa"
        report("write", timed(lambda: write_arpa(arpa, file))[0])
        config = kenlm.Config()
        config.show_progress, config.arpa_complain = False, kenlm.ARPALoadComplain.NONE
        theirs, reference = timed(lambda: kenlm.Model(str(file), config))
        report("read", timed(lambda: read_arpa(file))[0], "KenLM", theirs)
    candidates = arpa.vocabulary[3 : 3 + TOKENS]
    seconds, model = timed(lambda: EntryLM.from_arpa(arpa, candidates))
    report(f"tensors of {len(candidates)} tokens, {len(model.keys):,} arcs", seconds)
    history = torch.randint(len(candidates), (STATES, 3), generator=torch.Generator().manual_seed(0))
    states = model.history_states(torch.nn.functional.pad(history, (0, 1)))[:, -1]
    contexts = [context_of(reference, [candidates[index] for index in row]) for row in history.tolist()]
    ours = median(timed(lambda: model.advance(states))[0] for _ in range(20))
    out = kenlm.State()

    def one_by_one() -> None:
        for context in contexts:
            for word in candidates:
                reference.BaseScore(context, word, out)

    theirs = median(timed(one_by_one)[0] for _ in range(3))
    report(f"{STATES} states × {len(candidates)} tokens", ours, "KenLM token by token", theirs)


def asking(path: Path, order: int) -> None:
    """A small model is asked until its transitions are written down: what that saves, again and again."""
    arpa = estimate((line.split() for line in path.read_text(encoding="utf-8").splitlines()), order)
    model = EntryLM.from_arpa(arpa, arpa.vocabulary[3 : 3 + FEW])
    drawn = torch.Generator().manual_seed(0)
    states = torch.randint(len(model.finals), PAIRS, generator=drawn)
    tokens = torch.randint(FEW, PAIRS, generator=drawn)
    searched = len(model.finals) * model.size // states.numel()
    seconds = [timed(lambda: model.step(states, tokens))[0] for _ in range(searched + 10)]
    name = f"{states.numel():,} pairs of {len(model.finals):,} states × {model.size} tokens"
    report(name, median(seconds[-9:]), "searching for them", median(seconds[:searched]))


def context_of(model: kenlm.Model, words: list[str]) -> kenlm.State:
    state, following = kenlm.State(), kenlm.State()
    model.BeginSentenceWrite(state)
    for word in words:
        model.BaseScore(state, word, following)
        state, following = following, state
    return state


def draw_model(ngrams: int, path: Path) -> None:
    """Write a trigram model of random n-grams, three bigrams to seven trigrams."""
    rng = np.random.default_rng(0)
    vocabulary = ["<unk>", "<s>", "</s>", *(f"w{index:05d}" for index in range(3, WORDS))]
    ids, number, places = [np.arange(WORDS)[:, None]], ngrams * 3 // 10, WORDS
    for _ in range(2):
        contexts = rng.integers(3, places, 2 * number)
        keys = np.unique(contexts * WORDS + rng.integers(3, WORDS, 2 * number))
        keys = np.sort(rng.permutation(keys)[:number])
        ids.append(np.append(ids[-1][keys // WORDS], (keys % WORDS)[:, None], axis=1))
        places, number = len(keys), ngrams - len(keys) - WORDS
    values = [(-5 * rng.random(len(rows)), -rng.random(len(rows))) for rows in ids]
    write_arpa(Arpa(vocabulary, [NGrams(rows, p, b) for rows, (p, b) in zip(ids, values, strict=True)]), path)


def loading(path: Path, ngrams: int) -> None:
    """An ARPA file to tensors of its whole vocabulary."""
    seconds, arpa = timed(lambda: read_arpa(path))
    report(f"read {ngrams:,} n-grams", seconds)
    words = [word for word in arpa.vocabulary if word not in ("<s>", "</s>")]
    more, _ = timed(lambda: EntryLM.from_arpa(arpa, words))
    report(f"read {ngrams:,} n-grams, to tensors", seconds + more)


def apart(work: Callable[..., None], *arguments: object) -> None:
    """Do it in a fresh process, so that its memory is its own."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{work.__name__} failed with status {process.exitcode}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("text", type=Path, help="one sentence a line, words between spaces")
    parser.add_argument("--order", type=int, default=4)
    parser.add_argument("--times", type=int, default=8, help="how often the text is repeated")
    parser.add_argument("--ngrams", type=int, default=10_000_000, help="of the drawn model that is loaded")
    options = parser.parse_args()
    for times in (options.times, 2 * options.times):
        apart(estimation, options.text, options.order, times)
    apart(agreement, options.text, options.order)
    apart(querying, options.text, options.order)
    apart(asking, options.text, options.order)
    with tempfile.TemporaryDirectory() as folder:
        for ngrams in (options.ngrams // 2, options.ngrams):
            path = Path(folder) / "drawn.arpa"
            apart(draw_model, ngrams, path)
            apart(loading, path, ngrams)


if __name__ == "__main__":
    main()
