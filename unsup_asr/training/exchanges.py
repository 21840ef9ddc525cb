"""Words that were taken for each other behind the same word, found by their sound and named anew.

"We see" and "there is" both begin sentences, with any picture: captions and pictures do not object if each is
written for the other, and a network hears in a sound what it was told. But the same words are said elsewhere
("you can see", "in the park there is"), and sound different there. So every exchange of two words behind a third
is tried on what was read, with the words that follow chosen anew by the captions' bigrams; the one that lets one
Gaussian a state fit the segments best is made, and so on for as long as there is one that clearly does.

Shapes: N segments, V entries; the edges of utterances count as entry V.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import torch
from torch import Tensor

from segmenters.recognised.segment_sounds import SegmentSounds
from unsup_asr.data.vocabulary import NULL, Vocabulary

# Log-probabilities of bigrams that captions lack are taken for this, so that few of them cannot forbid the truth.
_RAREST = -12.0
# Words after the exchanged ones that are chosen anew, at most.
_FOLLOWING = 2


@dataclass
class ExchangesConfig:
    """Which exchanges are tried and made.

    Attributes:
        most: exchanges that are made, at most; none leaves what was read as it is.
        phrases: the most frequent pairs of neighbouring words, of which any two that begin alike are tried.
        gain: nats that an exchange must gain by sound alone, and with the text, for each segment that it renames.
    """

    most: int = 10
    phrases: int = 300
    gain: float = 0.5


@dataclass(frozen=True)
class Exchange:
    """Two words behind a third.

    Attributes:
        after: what stands before them; V at the beginning of an utterance.
        first, second: the words, each to be taken for the other.
        following: how many words after them are chosen anew.
    """

    after: int
    first: int
    second: int
    following: int


@dataclass(frozen=True)
class Tried:
    """What an exchange came to.

    Attributes:
        exchange: which.
        text: all words as they are named then, [places]; see `Exchanges`.
        renamed: segments.
        sound, captions: nats gained in the fit of the segments, and in the probability of the text.
    """

    exchange: Exchange
    text: Tensor
    renamed: int
    sound: float
    captions: float

    def worth(self, gain: float) -> bool:
        """Whether it gains so much for each segment."""
        return self.renamed > 0 and min(self.sound, self.gained) >= gain * self.renamed

    @property
    def gained(self) -> float:
        """In all."""
        return self.sound + self.captions

    def described(self, vocabulary: Vocabulary) -> str:
        """What is said of it in the log."""
        words = [entry.word for entry in vocabulary.entries]
        after = (
            f"after {words[self.exchange.after]!r}"
            if self.exchange.after < len(words)
            else "at the beginning"
        )
        return (
            f"{words[self.exchange.first]!r} and {words[self.exchange.second]!r} exchanged {after}: "
            f"{self.renamed} segments, sound {self.sound:+.0f} nats, captions {self.captions:+.0f}"
        )


class Exchanges:
    """Tries exchanges on what was read. Utterances stand one after the other, an edge before and after each.

    Args:
        config: which.
        sounds: of the segments.
        layout: [U, T], rows of each utterance's segments, −1 beyond its end.
        bigram: [V + 1, V + 1], log-probabilities; last row start, last column end.
        scale: what the fit of the sounds weighs beside the text; neighbouring outputs say the same.
    """

    def __init__(
        self, config: ExchangesConfig, sounds: SegmentSounds, layout: Tensor, bigram: Tensor, scale: float
    ) -> None:
        self.config, self.scale = config, scale
        self.edge = len(bigram) - 1
        self.follow = bigram.clamp(min=_RAREST)
        self.follow[self.edge, self.edge] = 0.0
        here = torch.nn.functional.pad(layout, (1, 0), value=-1)
        here = torch.cat([here.flatten(), here.new_full((1,), -1)])
        starts = torch.arange(len(here), device=here.device) % (layout.shape[1] + 1) == 0
        # The segment at each place, −1 at edges.
        self.segment = here[starts | (here >= 0)]
        self.sounds = sounds.at(self.segment)

    def undone(self, read: Tensor) -> tuple[Tensor, list[Tried]]:
        """What was read, [N], with the exchanges made that are worth it; and these."""
        spoken = self.segment >= 0
        text = torch.where(spoken & (read[self.segment] != NULL), read[self.segment], self.edge)
        made = list[Tried]()
        while len(made) < self.config.most and (best := self._best(text)) and best.worth(self.config.gain):
            text = best.text
            made.append(best)
        said = text != self.edge
        named = read.clone()
        named[self.segment[said]] = text[said]
        return named, made

    def _best(self, text: Tensor) -> Tried | None:
        """The exchange that gains most."""
        words = self.sounds.of_words(text, self.edge + 1)
        fit, captions = words.fit(), self._captions(text)
        best: Tried | None = None
        for exchange in self._candidates(text):
            anew = self._exchanged(text, exchange)
            changed = (anew != text).nonzero().flatten()
            names, index = torch.cat([text[changed], anew[changed]]).unique(return_inverse=True)
            old, new = index.chunk(2)
            sounds = self.sounds.at(changed)
            moved = words.at(names).moved(sounds, new, 1).moved(sounds, old, -1)
            sound = self.scale * float((moved.fit() - fit[names]).sum())
            tried = Tried(exchange, anew, len(changed), sound, float(self._captions(anew) - captions))
            best = tried if best is None or tried.gained > best.gained else best
        return best

    def _candidates(self, text: Tensor) -> Iterator[Exchange]:
        """Any two of the frequent pairs that begin alike."""
        size = self.edge + 1
        pairs = (text[:-1] * size + text[1:])[text[1:] != self.edge]
        found, counts = pairs.unique(return_counts=True)
        frequent = found[counts.argsort(descending=True, stable=True)[: self.config.phrases]].tolist()
        for one, other in combinations(sorted(frequent), 2):
            if one // size == other // size:
                for following in range(_FOLLOWING + 1):
                    yield Exchange(one // size, one % size, other % size, following)

    def _captions(self, text: Tensor) -> Tensor:
        """Log-probability of a text under the bigrams."""
        return self.follow[text[:-1], text[1:]].sum()

    def _exchanged(self, text: Tensor, exchange: Exchange) -> Tensor:
        """The text with an exchange made wherever enough words follow."""
        first, second = text[1:] == exchange.first, text[1:] == exchange.second
        places = ((first | second) & (text[:-1] == exchange.after)).nonzero().flatten() + 1
        beyond = exchange.following + 1
        places = places[places + beyond < len(text)]
        window = text[places[:, None] + torch.arange(beyond, device=text.device)]
        places = places[(window != self.edge).all(dim=1)]
        # One that begins in what another one renames is left out.
        places = places[places.diff(prepend=places.new_full((1,), -beyond)) >= beyond]
        anew = text.clone()
        for old, new in ((exchange.first, exchange.second), (exchange.second, exchange.first)):
            here = places[text[places] == old]
            anew[here] = new
            for step, words in enumerate(self._between(new, text[here + beyond], exchange.following)):
                anew[here + 1 + step] = words
        return anew

    def _between(self, word: int, beyond: Tensor, count: int) -> list[Tensor]:
        """The likeliest words between a word and those [n] that come after them, [n] each (Viterbi)."""
        if not count:
            return []
        words = self.follow[1 : self.edge, 1 : self.edge]
        reached, before = self.follow[word, 1 : self.edge], list[Tensor]()
        for _ in range(count - 1):
            reached, best = (reached[:, None] + words).max(dim=0)
            before.append(best)
        path = [(reached[:, None] + self.follow[1 : self.edge, beyond]).argmax(dim=0)]
        for best in reversed(before):
            path.insert(0, best[path[0]])
        return [each + 1 for each in path]
