"""A lexicon of unit strings, learned from strings that were written without spaces.

The multigram model (Deligne & Bimbot 1997): a string is a sequence of independent words, each a short string
of units. Probabilities come from forward–backward EM; a Dirichlet process prior whose base distribution
spells words from units (Goldwater, Griffiths & Johnson 2009) keeps the lexicon small, in the variational form
exp ψ(count) (Liang et al. 2007).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import digamma, gammaln, logsumexp

from segmenters.errors import SegmentationError
from segmenters.segmental import Costs, Lengths, batches, posteriors, viterbi, viterbi_at_count

Indices = npt.NDArray[np.int64]
_LOGGER = logging.getLogger(__name__)

# Units that are cut at once.
_POSITIONS = 1 << 18
# Log-probabilities below this are as good as none, and keep sums finite.
_NEVER = -1e4


@dataclass(frozen=True, slots=True)
class MultigramConfig:
    """How the lexicon is learned.

    Attributes:
        mean_length: units of a word on average (a Poisson distribution before anything is seen).
        longest: most units of a word.
        least_count: strings that occur less often are no words, single units aside.
        concentration: of the Dirichlet process; the larger, the more words of few occurrences.
        rounds: of EM.
    """

    mean_length: float
    longest: int = 12
    least_count: int = 3
    concentration: float = 100.0
    rounds: int = 20

    def __post_init__(self) -> None:
        counts = min(self.longest, self.least_count, self.rounds)
        if not (self.mean_length > 0 and self.concentration > 0 and counts > 0):
            raise SegmentationError(f"{self} is out of bounds", remedy="give numbers above 0")


@dataclass(frozen=True, slots=True, eq=False)
class Multigram:
    """A lexicon, kept as a trie in one sorted array.

    Attributes:
        units: how many different units there are.
        longest: most units of a word.
        keys: [V], ascending: (parent + 1) · units + last unit, where parent is the word without its last unit
            (-1 for single units); a word's number is its place.
        scores: [V], log-probabilities.
        price: what each word costs besides, in nats; it sets the rate.
    """

    units: int
    longest: int
    keys: Indices
    scores: npt.NDArray[np.float64]
    price: float = 0.0

    def segment(self, strings: Sequence[Indices]) -> list[npt.NDArray[np.bool_]]:
        """The likeliest segmentation of each string [n]: true at the last unit of each word, [n].

        Raises:
            SegmentationError: a string is empty or has a unit that is not among 0 … units - 1.
        """
        found: dict[int, npt.NDArray[np.bool_]] = {}
        for batch in batches([len(string) for string in strings], _POSITIONS):
            padded, lengths = pad([strings[n] for n in batch], self.units)
            ends = viterbi(self.price - self.table(self.lookup(padded)), lengths)
            found.update({n: mask[:size] for n, mask, size in zip(batch, ends, lengths, strict=True)})
        return [found[n] for n in range(len(strings))]

    def priced(self, strings: Sequence[Indices], words: int) -> "Multigram":
        """The same lexicon at the price that cuts these strings into about so many words in all.

        Where its longest words are too short for so few, no price does: the lexicon stays as it is, with a
        warning.
        """
        padded, lengths = pad(strings, self.units)
        ends, price = viterbi_at_count(-self.table(self.lookup(padded)), lengths, words)
        if ends.sum() > words:
            fault = "the lexicon makes %d words at least where %d are wanted: its likeliest words are taken"
            _LOGGER.warning(f"{fault} (give more speech, or coarser units)", ends.sum(), words)
            return self
        return replace(self, price=price)

    def lookup(self, padded: Indices) -> Indices:
        """The word of every substring: [U, T, L] (see `segmental`), -1 where it is none; padding is -1."""
        count, width = padded.shape
        words = np.full((count, width, self.longest), -1, dtype=np.int64)
        node = np.where(padded >= 0, padded, -1)
        for extra in range(min(self.longest, width)):
            if extra:
                node = self._child(node[:, :-1], padded[:, extra:])
            words[:, extra:, extra] = node
        return words

    def table(self, words: Indices) -> Costs:
        """Log-probabilities of words by number, -inf for -1."""
        return np.where(words >= 0, self.scores[words], -np.inf)

    def _child(self, parent: Indices, unit: Indices) -> Indices:
        key = (parent + 1) * self.units + unit
        place = np.minimum(np.searchsorted(self.keys, key), len(self.keys) - 1)
        found: Indices = np.where((parent >= 0) & (unit >= 0) & (self.keys[place] == key), place, -1)
        return found


def fit_multigram(strings: Sequence[Indices], units: int, config: MultigramConfig) -> Multigram:
    """Learn the lexicon of strings of units.

    Args:
        strings: each [n], of units 0 … `units` - 1.
        units: how many different units there are.
        config: see there.

    Raises:
        SegmentationError: there is no string, one is empty, or has a unit that is not among those.
    """
    if not strings:
        raise SegmentationError("there is no string to learn from", remedy="give some")
    padded, lengths = pad(strings, units)
    keys, counts = _substrings(padded, units, config)
    base = _base(keys, counts, units, config)
    model = Multigram(units, config.longest, keys, _first_scores(keys, counts, units))
    words = model.lookup(padded)
    for _ in range(config.rounds):
        probability, _ = posteriors(model.table(words), lengths)
        expected = np.bincount(words[words >= 0], probability[words >= 0], minlength=len(keys))
        mass = expected + config.concentration * np.exp(base)
        scores = np.maximum(digamma(mass) - digamma(mass.sum()), _NEVER)
        model = Multigram(units, config.longest, keys, scores)
    return model


def pad(strings: Sequence[Indices], units: int) -> tuple[Indices, Lengths]:
    """Strings as an array [U, T], padded with -1, and their lengths [U].

    Raises:
        SegmentationError: a string is empty or has a unit that is not among 0 … units - 1.
    """
    lengths = np.array([len(string) for string in strings])
    padded = np.full((len(strings), lengths.max()), -1, dtype=np.int64)
    for string, place in zip(strings, padded, strict=True):
        if not len(string) or string.min() < 0 or string.max() >= units:
            fault = f"a string is empty or has units outside 0 … {units - 1}"
            raise SegmentationError(fault, remedy="give strings of the units that the model knows")
        place[: len(string)] = string
    return padded, lengths


def _substrings(padded: Indices, units: int, config: MultigramConfig) -> tuple[Indices, Indices]:
    """Keys and counts of all single units and of the longer substrings that occur often enough."""
    keys = [np.arange(units)]
    counts = [np.bincount(padded[padded >= 0], minlength=units)]
    node, first = np.where(padded >= 0, padded, -1), 0
    for extra in range(1, min(config.longest, padded.shape[1])):
        first += len(keys[-1])
        key = (node[:, :-1] + 1) * units + padded[:, extra:]
        here = (node[:, :-1] >= 0) & (padded[:, extra:] >= 0)
        found, index, count = np.unique(key[here], return_inverse=True, return_counts=True)
        often = count >= config.least_count
        node = np.full(key.shape, -1)
        node[here] = np.where(often, first + np.cumsum(often) - 1, -1)[index]
        keys.append(found[often])
        counts.append(count[often])
    return np.concatenate(keys), np.concatenate(counts)


def _base(keys: Indices, counts: Indices, units: int, config: MultigramConfig) -> npt.NDArray[np.float64]:
    """Log-probability of each word under the base distribution: Poisson length, independent units."""
    length, spelling = _spell(keys, np.log((counts[:units] + 1) / (counts[:units] + 1).sum()), units)
    lengths = np.arange(1, config.longest + 1)
    poisson = lengths * np.log(config.mean_length) - gammaln(lengths + 1)
    base: npt.NDArray[np.float64] = (poisson - logsumexp(poisson))[length - 1] + spelling
    return base


def _spell(
    keys: Indices, unit_scores: npt.NDArray[np.float64], units: int
) -> tuple[Indices, npt.NDArray[np.float64]]:
    """Length of each word and the sum of its units' scores."""
    length, spelling = np.ones(len(keys), dtype=np.int64), np.zeros(len(keys))
    parent, unit = keys // units - 1, keys % units
    # Parents stand before their children; a level of the trie at a time follows its parents.
    first, past = 0, units
    spelling[:units] = unit_scores
    while past < len(keys):
        first, past = past, int(np.searchsorted(keys, (past + 1) * units))
        length[first:past] = length[parent[first:past]] + 1
        spelling[first:past] = spelling[parent[first:past]] + unit_scores[unit[first:past]]
    return length, spelling


def _first_scores(keys: Indices, counts: Indices, units: int) -> npt.NDArray[np.float64]:
    """Where EM begins: every length as likely, every occurrence of its substrings, too."""
    length, _ = _spell(keys, np.zeros(units), units)
    totals = np.bincount(length, counts, minlength=length.max() + 1)
    scores: npt.NDArray[np.float64] = np.log(
        np.maximum(counts, 0.5) / np.maximum(totals[length], 1) / length.max()
    )
    return scores
