"""A text with two phrases exchanged behind a word, and the words after them chosen anew to go with them.

A text is one row of words, utterances one after the other with an edge before and after each; V entries, and V is
the edge.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Exchange:
    """Two phrases behind the same word.

    Attributes:
        after: what stands before them; V at the beginning of an utterance.
        first, second: as many words each, the one to be taken for the other.
        following: how many words after them are chosen anew.
    """

    after: int
    first: tuple[int, ...]
    second: tuple[int, ...]
    following: int

    @property
    def longest(self) -> int:
        """How many words in a row it renames."""
        return len(self.first) + self.following


def exchanged(text: Tensor, exchange: Exchange, follow: Tensor) -> Tensor:
    """The text with an exchange made wherever enough words follow in the utterance.

    Args:
        text: what was read.
        exchange: two phrases that begin differently.
        follow: [V + 1, V + 1], log-probabilities of bigrams; last row start, last column end.
    """
    edge, beyond = len(follow) - 1, exchange.longest
    first, second = (_stands(text, exchange.after, phrase) for phrase in (exchange.first, exchange.second))
    places = (first | second).nonzero().flatten()
    window = text[(places[:, None] + torch.arange(beyond, device=text.device)).clamp(max=len(text) - 1)]
    places = places[(window != edge).all(dim=1)]
    # One that begins in what another one renames is left out.
    places = places[places.diff(prepend=places.new_full((1,), -beyond)) >= beyond]
    anew = text.clone()
    for here, new in ((places[first[places]], exchange.second), (places[second[places]], exchange.first)):
        for step, word in enumerate(new):
            anew[here + step] = word
        after = likeliest_between(new[-1], text[here + beyond], exchange.following, follow)
        for step, words in enumerate(after, start=len(new)):
            anew[here + step] = words
    return anew


def likeliest_between(word: int, beyond: Tensor, count: int, follow: Tensor) -> list[Tensor]:
    """The likeliest words from one word to others (Viterbi).

    Args:
        word: before them.
        beyond: [n], after them.
        count: how many.
        follow: as in `exchanged`.

    Returns:
        [n] for each of them.
    """
    if not count:
        return []
    edge = len(follow) - 1
    reached, before = follow[word, 1:edge], list[Tensor]()
    for _ in range(count - 1):
        reached, best = (reached[:, None] + follow[1:edge, 1:edge]).max(dim=0)
        before.append(best)
    path = [(reached[:, None] + follow[1:edge, beyond]).argmax(dim=0)]
    for best in reversed(before):
        path.insert(0, best[path[0]])
    return [words + 1 for words in path]


def _stands(text: Tensor, after: int, phrase: Sequence[int]) -> Tensor:
    """Where a phrase begins behind a word, true at its first word."""
    ends = len(text) - len(phrase)
    here = text[:ends] == after
    for step, word in enumerate(phrase, start=1):
        here &= text[step : ends + step] == word
    return torch.nn.functional.pad(here, (1, len(phrase) - 1))
