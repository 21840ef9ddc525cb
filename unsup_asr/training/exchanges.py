"""Phrases that were taken for each other behind the same word, found by their sound and named anew.

"We see" and "there is" both begin sentences, with any picture: captions and pictures do not object if each is
written for the other, and a network hears in a sound what it was told. But the same words are said elsewhere
("you can see", "in the park there is"), and sound different there. So every exchange of two frequent phrases
behind the same word is tried on what was read; the one that lets one Gaussian a state fit the segments best is
made, and so on for as long as there is one that clearly does.

Shapes: N segments, V entries; the edges of utterances count as entry V.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import torch
from torch import Tensor

from unsup_asr.data.vocabulary import NULL, Vocabulary
from unsup_asr.training.exchanged_text import Exchange, Renamed, frequent_phrases, renamed
from unsup_asr.training.segment_sounds import SegmentSounds

# Log-probabilities of bigrams that captions lack are taken for this, so that few of them cannot forbid the truth.
_RAREST = -12.0
# Words that an exchange may rename in a row: those of a phrase and those after it that are chosen anew.
_LONGEST = 3


@dataclass
class ExchangesConfig:
    """Which exchanges are tried and made.

    Attributes:
        most: exchanges that are made, at most; none leaves what was read as it is.
        phrases: of one word, of two and of three, the most frequent with what stands before them are tried.
        gain: nats that an exchange must gain by sound alone, and with the text, for each segment that it renames.
        scale: what the fit of the sounds weighs beside the text; neighbouring slots say the same.
    """

    most: int = 10
    phrases: int = 150
    gain: float = 0.5
    scale: float = 0.1


@dataclass(frozen=True)
class Tried:
    """What an exchange came to.

    Attributes:
        exchange: which.
        change: of the words.
        renamed: segments.
        sound, captions: nats gained in the fit of the segments, and in the probability of the text.
    """

    exchange: Exchange
    change: Renamed
    renamed: int
    sound: float
    captions: float

    def worth(self, gain: float) -> bool:
        """Whether it gains so much for each segment, by sound alone and with the text."""
        return self.renamed > 0 and min(self.sound, self.gained) >= gain * self.renamed

    @property
    def gained(self) -> float:
        """In all."""
        return self.sound + self.captions

    def described(self, vocabulary: Vocabulary) -> str:
        """What is said of it in the log."""
        words, tried = [entry.word for entry in vocabulary.entries], self.exchange
        first, second = (" ".join(words[word] for word in phrase) for phrase in (tried.first, tried.second))
        after = f"after {words[tried.after]!r}" if tried.after < len(words) else "at the beginning"
        return (
            f"{first!r} and {second!r} exchanged {after}: {self.renamed} segments, "
            f"sound {self.sound:+.0f} nats, captions {self.captions:+.0f}"
        )


class Exchanges:
    """Tries exchanges on what was read. Utterances stand one after the other, an edge before and after each.

    Args:
        config: which.
        sounds: of the segments.
        layout: [U, T], rows of each utterance's segments, −1 beyond its end.
        bigram: [V + 1, V + 1], log-probabilities; last row start, last column end.
    """

    def __init__(
        self, config: ExchangesConfig, sounds: SegmentSounds, layout: Tensor, bigram: Tensor
    ) -> None:
        self.config = config
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
        while len(made) < self.config.most and (best := self._best(text)):
            text = best.change.made(text)
            made.append(best)
        said = text != self.edge
        named = read.clone()
        named[self.segment[said]] = text[said]
        return named, made

    def _best(self, text: Tensor) -> Tried | None:
        """The exchange that gains most of those that are worth it."""
        words = self.sounds.of_words(text, self.edge + 1)
        fit = words.fit()
        best: Tried | None = None
        for exchange, stands in self._candidates(text):
            change = renamed(text, exchange, stands, self.follow)
            differs = change.before != change.after
            old, new = change.before[differs], change.after[differs]
            names, index = torch.cat([old, new]).unique(return_inverse=True)
            old, new = index.chunk(2)
            sounds = self.sounds.at(change.places[differs])
            moved = words.at(names).moved(sounds, new, 1).moved(sounds, old, -1)
            sound = self.config.scale * float((moved.fit() - fit[names]).sum())
            captions = float(change.gain(text, self.follow))
            tried = Tried(exchange, change, len(old), sound, captions)
            if tried.worth(self.config.gain) and (best is None or tried.gained > best.gained):
                best = tried
        return best

    def _candidates(self, text: Tensor) -> Iterator[tuple[Exchange, tuple[Tensor, Tensor]]]:
        """Any two of the frequent phrases of a length that stand behind the same word and begin differently, with
        the places where they begin."""
        for length in range(1, _LONGEST + 1):
            phrases = frequent_phrases(text, length, self.config.phrases, self.edge)
            for one, other in combinations(phrases, 2):
                if one[0] == other[0] and one[1] != other[1]:
                    for following in range(_LONGEST - length + 1):
                        exchange = Exchange(one[0], one[1:], other[1:], following)
                        yield exchange, (phrases[one], phrases[other])
