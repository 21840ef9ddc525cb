"""From an automaton over a model's words to one over a caller's entries, each of several words.

An entry's log-probability is the sum over its words. If the context s has no n-gram with the entry's first
word, that word and all after it are scored after s less its oldest word, plus the back-off weight of s: so
entries back off exactly as words do, and only contexts with an arc for an entry's first word need an arc for
the entry.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lm.automaton import Automaton, word_automaton
from lm.errors import LanguageModelError
from lm.ngrams import Arpa

RESERVED = ("<s>", "</s>")


def entry_automaton(arpa: Arpa, entries: Sequence[Sequence[str]]) -> Automaton:
    """The automaton whose symbol i is entries[i]; the arcs of an empty entry lead from state 0 to itself.

    Raises:
        LanguageModelError: an entry has `<s>` or `</s>` in it, most words are unknown to the model, or the model
            cannot be made an automaton.
    """
    pieces = sorted({piece for entry in entries for piece in entry})
    for reserved in RESERVED:
        if reserved in pieces:
            raise LanguageModelError(
                f"{reserved} is among the entries",
                where=f"entry {next(i for i, entry in enumerate(entries) if reserved in entry)}",
                remedy="sentence ends are scored by themselves: leave it out",
            )
    _check_known(arpa, pieces)
    words, symbols = word_automaton(arpa, pieces)
    symbol_of = dict(zip(pieces, symbols.tolist(), strict=True))
    width = max((len(entry) for entry in entries), default=0)
    table = np.full((len(entries), width), -1, dtype=np.int64)
    for row, entry in enumerate(entries):
        table[row, : len(entry)] = [symbol_of[piece] for piece in entry]
    return _joined(words, table)


def _check_known(arpa: Arpa, pieces: Sequence[str]) -> None:
    """A few words that the model never saw are `<unk>`; most of them are another vocabulary."""
    unknown, total = sorted(set(pieces) - set(arpa.vocabulary)), len(pieces)
    if 2 * len(unknown) > total:
        raise LanguageModelError(
            f"{len(unknown)} of the entries' {total} words are unknown to the model, such as {unknown[0]!r}",
            remedy=f"spell the entries as the model spells its words, such as {arpa.vocabulary[-1]!r}",
        )


def _joined(words: Automaton, table: np.ndarray) -> Automaton:
    """Follow every arc by every entry that begins with its word."""
    states, entries, arcs = _beginnings(words, table)
    weights, targets = words.weights[arcs], words.targets[arcs]
    for place in range(1, table.shape[1]):
        longer = np.flatnonzero(table[entries, place] >= 0)
        scores, targets[longer] = words.step(targets[longer], table[entries[longer], place])
        weights[longer] += scores
    empty = np.flatnonzero((table < 0).all(axis=1))
    keys = np.append(states * len(table) + entries, empty)
    by_key = np.argsort(keys)
    return replace(
        words,
        size=len(table),
        keys=keys[by_key],
        weights=np.append(weights, np.zeros(len(empty), dtype=np.float32))[by_key],
        targets=np.append(targets, np.zeros(len(empty), dtype=np.int64))[by_key],
    )


def _beginnings(words: Automaton, table: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """State, entry and arc of every pair of an arc and an entry that begins with the arc's word."""
    filled = np.flatnonzero((table >= 0).any(axis=1))
    first = table[filled, 0] if table.shape[1] else filled
    by_word = filled[np.argsort(first, kind="stable")].astype(np.int32)
    per_word = np.bincount(first, minlength=words.size)
    begins = np.cumsum(per_word) - per_word
    symbols = words.keys % words.size
    repeats = per_word[symbols]
    # 32 bits: these are the largest arrays of all.
    arcs = np.repeat(np.arange(len(symbols), dtype=np.int32), repeats)
    shifts = begins[symbols] - (np.cumsum(repeats) - repeats)
    entries = by_word[np.arange(len(arcs)) + np.repeat(shifts, repeats)]
    return words.keys[arcs] // words.size, entries, arcs
