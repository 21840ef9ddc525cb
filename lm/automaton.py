"""A back-off model as an automaton: contexts are states, n-grams are arcs.

log p(x | s) is the weight of the arc (s, x) where there is one; else the back-off weight of s plus
log p(x | s less its oldest word). The empty context has an arc for every symbol.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lm.errors import LanguageModelError
from lm.ngrams import Arpa, NGrams

LN10 = float(np.log(10.0))
NO_UNKNOWN = -100.0  # log10; what KenLM gives an unknown word under a model without <unk>


@dataclass(frozen=True)
class Automaton:
    """States and arcs as arrays; logarithms are natural. State 0 is the empty context.

    Args:
        size: number of symbols.
        start: the state after `<s>`.
        depth: words in the longest context.
        backoff_states: [S] the context less its oldest word; 0 for state 0.
        backoff_weights: [S] float32; 0 for state 0.
        finals: [S] float32, log p(`</s>` | state).
        keys: [A] sorted; state × size + symbol of every arc.
        weights: [A] float32, log p(symbol | state).
        targets: [A] state after the symbol.
    """

    size: int
    start: int
    depth: int
    backoff_states: np.ndarray
    backoff_weights: np.ndarray
    finals: np.ndarray
    keys: np.ndarray
    weights: np.ndarray
    targets: np.ndarray

    def step(self, states: np.ndarray, symbols: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """log p(symbol | state) and the state after it, of each pair."""
        owed = np.zeros(len(states), dtype=np.float32)
        states = states.copy()
        arcs = find(self.keys, states * self.size + symbols)
        while (arcs < 0).any():
            missing = np.flatnonzero(arcs < 0)
            owed[missing] += self.backoff_weights[states[missing]]
            states[missing] = self.backoff_states[states[missing]]
            arcs[missing] = find(self.keys, states[missing] * self.size + symbols[missing])
        return owed + self.weights[arcs], self.targets[arcs]


def find(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Place of each wanted key among the sorted keys, -1 where it is not there."""
    if not len(keys):
        return np.full(len(wanted), -1)
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[places] == wanted, places, -1)


def word_automaton(arpa: Arpa, words: Sequence[str]) -> tuple[Automaton, np.ndarray]:
    """The automaton over the words of a model, and the symbol of each given word: that of `<unk>` if unknown.

    N-grams with words other than the given ones are left out: no sentence over these reaches them.

    Raises:
        LanguageModelError: the model has no `</s>`, an n-gram stands twice, or its context is missing.
    """
    ids = {word: index for index, word in enumerate(arpa.vocabulary)}
    if "</s>" not in ids:
        raise LanguageModelError("the model has no </s>", remedy="estimate it on whole sentences")
    # One symbol beyond the vocabulary stands for <unk> where the model has none.
    size = len(ids) + 1
    unknown = ids.get("<unk>", size - 1)
    symbols = np.array([ids.get(word, unknown) for word in words], dtype=np.int64)
    used = np.zeros(size, dtype=bool)
    used[symbols] = used[ids["</s>"]] = used[ids.get("<s>", unknown)] = True
    builder = _Builder(size, arpa.order)
    for n, grams in enumerate(arpa.grams, start=1):
        if n == 1:
            grams = _with_absent_unknown(grams, size - 1)
        builder.add(grams, used[grams.ids].all(axis=1))
    return builder.automaton(ids["</s>"], ids.get("<s>")), symbols


def _with_absent_unknown(unigrams: NGrams, symbol: int) -> NGrams:
    return NGrams(
        np.append(unigrams.ids, np.array([[symbol]], dtype=np.int32), axis=0),
        np.append(unigrams.log10_probabilities, np.float32(NO_UNKNOWN)),
        np.append(unigrams.log10_backoffs, np.float32(0.0)),
    )


class _Builder:
    """Takes n-grams by rising order. The state of an n-gram as a context is the place of its arc plus 1."""

    def __init__(self, size: int, order: int) -> None:
        self.size, self.order = size, order
        self.ends = [1]  # states up to and including those of each order
        self.keys = np.zeros(0, dtype=np.int64)
        self.weights = np.zeros(0, dtype=np.float32)
        self.targets = np.zeros(0, dtype=np.int64)
        self.backoff_states = np.zeros(1, dtype=np.int64)
        self.backoff_weights = np.zeros(1, dtype=np.float32)

    def add(self, grams: NGrams, kept: np.ndarray) -> None:
        """Add the kept n-grams of the next order."""
        ids = grams.ids[kept]
        keys = self._contexts(ids) * self.size + ids[:, -1]
        by_key = np.argsort(keys)
        keys = keys[by_key]
        if (keys[1:] == keys[:-1]).any():
            raise LanguageModelError(f"an n-gram of order {ids.shape[1]} stands twice in the model")
        shorter = self._shorter(keys)
        weights = (grams.log10_probabilities[kept][by_key] * LN10).astype(np.float32)
        if ids.shape[1] < self.order:
            backoffs = (grams.log10_backoffs[kept][by_key] * LN10).astype(np.float32)
            self.targets = np.append(self.targets, len(self.keys) + 1 + np.arange(len(keys)))
            self.backoff_states = np.append(self.backoff_states, shorter)
            self.backoff_weights = np.append(self.backoff_weights, backoffs)
            self.ends.append(len(self.backoff_states))
        else:
            self.targets = np.append(self.targets, shorter)
        self.keys = np.append(self.keys, keys)
        self.weights = np.append(self.weights, weights)

    def _contexts(self, ids: np.ndarray) -> np.ndarray:
        """The state of each n-gram's words but the last."""
        states = np.zeros(len(ids), dtype=np.int64)
        for place in range(ids.shape[1] - 1):
            states = find(self.keys, states * self.size + ids[:, place]) + 1
            if not states.all():
                raise LanguageModelError(
                    f"{int((states == 0).sum())} n-grams of order {ids.shape[1]} lack their context",
                    remedy="ARPA lists every context: write the model again with the tool that made it",
                )
        return states

    def _shorter(self, keys: np.ndarray) -> np.ndarray:
        """The state of each n-gram less its first word, or of the longest end of it that is in the model."""
        states, words = np.divmod(keys, self.size)
        found = np.zeros(len(keys), dtype=np.int64)
        searching = np.flatnonzero(states > 0)
        while len(searching):
            states[searching] = self.backoff_states[states[searching]]
            found[searching] = find(self.keys, states[searching] * self.size + words[searching]) + 1
            searching = searching[found[searching] == 0]
        return found

    def automaton(self, end: int, begin: int | None) -> Automaton:
        """The finished automaton; sentence ends become final weights, `<s>` the start."""
        states, words = np.divmod(self.keys, self.size)
        inner = words != end if begin is None else (words != end) & (words != begin)
        start = 0 if begin is None or self.order == 1 else int(find(self.keys, np.array([begin]))[0]) + 1
        ending = words == end
        return Automaton(
            size=self.size,
            start=start,
            depth=self.order - 1,
            backoff_states=self.backoff_states,
            backoff_weights=self.backoff_weights,
            finals=self._finals(states[ending], self.weights[ending]),
            keys=self.keys[inner],
            weights=self.weights[inner],
            targets=self.targets[inner],
        )

    def _finals(self, states: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """log p(end | state): the state's own arc, else by way of its back-off, shorter contexts first."""
        finals = np.full(len(self.backoff_states), np.nan, dtype=np.float32)
        finals[states] = weights
        for begin, end in zip(self.ends[:-1], self.ends[1:], strict=True):
            by_backoff = self.backoff_weights[begin:end] + finals[self.backoff_states[begin:end]]
            finals[begin:end] = np.where(np.isnan(finals[begin:end]), by_backoff, finals[begin:end])
        return finals
