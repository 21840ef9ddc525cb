"""A small data set in the form of ZeroSpeech 2021, drawn from a seed, with features for it."""

import csv
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path
from random import Random

WORDS = [f"w{n}" for n in range(12)]
VOICES = ["A", "B", "C"]


def write_example(folder: Path, seed: int) -> None:
    """Write gold.csv, pairs.csv and features/TYPE/FILENAME.txt."""
    # Unlike numpy's, Python's numbers are the same in every version.
    rng = Random(seed)
    gold = [("synthetic", f"s-{word}-{voice}", word, voice) for word in WORDS for voice in VOICES]
    # Not every voice says every word, one voice says a word twice, LibriSpeech's words occur one to ten times.
    gold = [row for row in gold if rng.random() < 0.8 or row[3] == "A"]
    gold.append(("synthetic", "s-w0-A-again", "w0", "A"))
    gold += [("librispeech", f"l-{word}-{n}", word, "") for word in WORDS for n in range(_upto(rng, 10))]
    _write(folder / "gold.csv", ("type", "filename", "word", "voice"), gold)
    pairs = [
        # Judgements repeat, as people's do.
        (kind, dataset, *words, *_either(_upto(rng, 8) / 2, relates))
        for kind in ("synthetic", "librispeech")
        for dataset, count, relates in (("mturk", 11, True), ("simlex", 17, False))
        for words in rng.sample(list(combinations(WORDS, 2)), count)
    ]
    rng.shuffle(pairs)
    _write(folder / "pairs.csv", ("type", "dataset", "word_1", "word_2", "similarity", "relatedness"), pairs)
    for kind, filename, _, _ in gold:
        path = folder / "features" / kind / f"{filename}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [" ".join(f"{rng.gauss(0, 1):.4f}" for _ in range(6)) for _ in range(1 + _upto(rng, 8))]
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")


def _upto(rng: Random, most: int) -> int:
    return 1 + int(most * rng.random())


def _either(judged: float, relates: bool) -> tuple[object, object]:
    return ("", judged) if relates else (judged, "")


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
