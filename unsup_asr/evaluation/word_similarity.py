"""How related words are in meaning, by CLIP's text encoder, and from where on that is more than chance."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from unsup_asr.encoders.clip import Clip
from unsup_asr.errors import InputError
from unsup_asr.evaluation.content import content_words

Embed = Callable[[Sequence[str]], Tensor]

_CHANCE = 0.95
_MOST_WORDS = 2000


@dataclass(frozen=True)
class WordSimilarity:
    """Cosines of words, about the centre of all words.

    Function words have none: pictures do not show them, so that CLIP takes one for another. The centre is
    taken away because a word that CLIP knows little of lies there, and would else be near every other word.

    Attributes:
        embed: unit embeddings [N, E] of N words.
        centre: mean embedding of the captions' content words, [E].
        related_from: the cosine that all but one in twenty pairs of random content words stay below.
    """

    embed: Embed
    centre: Tensor
    related_from: float

    @classmethod
    def of_captions(cls, embed: Embed, captions: Sequence[Sequence[str]]) -> "WordSimilarity":
        """Measure centre and chance over the captions' content words, 2,000 of the most frequent at most.

        Args:
            embed: unit embeddings of words.
            captions: as lists of words; how often a word is used does not matter to chance.

        Raises:
            InputError: the captions have fewer than two different content words.
        """
        counts = Counter(word for caption in captions for word in caption)
        words = sorted(content_words(counts), key=lambda word: (-counts[word], word))[:_MOST_WORDS]
        if len(words) < 2:
            raise InputError(
                f"chance needs 2 different content words, the captions have {len(words)}",
                where="captions",
                remedy="give those that the system was trained on",
            )
        embeddings = embed(words)
        centre = embeddings.mean(dim=0)
        unit = normalize(embeddings - centre, dim=-1)
        pairs = torch.triu_indices(len(unit), len(unit), 1)
        cosines = (unit @ unit.T)[pairs[0], pairs[1]]
        return cls(embed, centre, float(np.quantile(cosines.numpy(), _CHANCE)))

    def cosines(self, words: Sequence[str], others: Sequence[str]) -> list[float | None]:
        """The cosine of each word with the other in its place; None where one is no content word."""
        known = {word: row for row, word in enumerate(sorted(content_words([*words, *others])))}
        unit = normalize(self.embed(list(known)) - self.centre, dim=-1) if known else torch.empty(0)
        return [
            float(unit[known[word]] @ unit[known[other]]) if {word, other} <= known.keys() else None
            for word, other in zip(words, others, strict=True)
        ]


def clip_words(clip: Clip) -> Embed:
    """Each word as a text of its own, through CLIP's text encoder."""
    return lambda words: clip.encode_captions([clip.tokenizer.encode(word) for word in words]).cpu()
