"""A text with two phrases exchanged behind a word, and the words after them chosen anew to go with them.

A text is one row of words, utterances one after the other with an edge before and after each; V entries, and V is
the edge.
"""

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


@dataclass(frozen=True)
class Renamed:
    """Words in a row, wherever an exchange names them anew.

    Attributes:
        places: [n, k], where they stand in the text.
        before, after: [n, k], as they are named, and anew.
    """

    places: Tensor
    before: Tensor
    after: Tensor

    def gain(self, text: Tensor, follow: Tensor) -> Tensor:
        """What the text gains under bigrams."""
        left, right = text[self.places[:, :1] - 1], text[self.places[:, -1:] + 1]
        was, becomes = (torch.cat([left, words, right], dim=1) for words in (self.before, self.after))
        # In double precision two exchanges that come to the same gain the same.
        gained = follow[becomes[:, :-1], becomes[:, 1:]].double() - follow[was[:, :-1], was[:, 1:]].double()
        return gained.sum()

    def made(self, text: Tensor) -> Tensor:
        """The text as it is then."""
        return text.index_put((self.places,), self.after)


def renamed(text: Tensor, exchange: Exchange, stands: tuple[Tensor, Tensor], follow: Tensor) -> Renamed:
    """What an exchange names anew: where both phrases stand, if enough words follow in the utterance.

    Args:
        text: what was read.
        exchange: two phrases that begin differently.
        stands: [n], ascending, where the first and where the second begin behind the word.
        follow: [V + 1, V + 1], log-probabilities of bigrams; last row start, last column end.
    """
    edge, beyond = len(follow) - 1, exchange.longest
    begins, order = torch.cat(stands).sort()
    steps = torch.arange(beyond, device=text.device)
    words = text[(begins[:, None] + steps).clamp(max=len(text) - 1)]
    whole = (words != edge).all(dim=1)
    begins, order, words = begins[whole], order[whole], words[whole]
    # One that begins in what another one renames, or next to it, is left out.
    alone = begins.diff(prepend=begins.new_full((1,), -beyond - 1)) > beyond
    begins, order, words = begins[alone], order[alone], words[alone]
    anew = words.clone()
    for here, new in ((order < len(stands[0]), exchange.second), (order >= len(stands[0]), exchange.first)):
        after = likeliest_between(new[-1], text[begins[here] + beyond], exchange.following, follow)
        anew[here] = torch.cat([text.new_tensor(new).expand(len(after), -1), after], dim=1)
    return Renamed(begins[:, None] + steps, words, anew)


def frequent_phrases(text: Tensor, length: int, number: int, edge: int) -> dict[tuple[int, ...], Tensor]:
    """The most frequent phrases with what stands before them, in the order of their words; where they begin, [n].

    Args:
        text: what was read.
        length: of a phrase, in words.
        number: how many phrases.
        edge: V.
    """
    rows = text.unfold(0, length + 1, 1)
    inside = (rows[:, 1:] != edge).all(dim=1).nonzero().flatten()
    found, index, counts = rows[inside].unique(dim=0, return_inverse=True, return_counts=True)
    places = (inside[index.argsort(stable=True)] + 1).split(counts.tolist())
    kept = counts.argsort(descending=True, stable=True)[:number].sort().values.tolist()
    return {tuple(found[row].tolist()): places[row] for row in kept}


def likeliest_between(word: int, beyond: Tensor, count: int, follow: Tensor) -> Tensor:
    """The likeliest words from one word to others (Viterbi).

    Args:
        word: before them.
        beyond: [n], after them.
        count: how many.
        follow: as in `renamed`.

    Returns:
        [n, count].
    """
    if not count:
        return beyond[:, None][:, :0]
    edge = len(follow) - 1
    reached, before = follow[word, 1:edge], list[Tensor]()
    for _ in range(count - 1):
        reached, best = (reached[:, None] + follow[1:edge, 1:edge]).max(dim=0)
        before.append(best)
    path = [(reached[:, None] + follow[1:edge, beyond]).argmax(dim=0)]
    for best in reversed(before):
        path.insert(0, best[path[0]])
    return torch.stack(path, dim=1) + 1
