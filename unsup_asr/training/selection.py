"""Choosing between starts without labels: does the greedy text read like captions, and fit its pictures?

Perplexity rejects collapse but cannot tell exchangeable words apart; retrieval of the picture can. Greedy
output is judged: text decoded with the n-gram model would score itself.
"""

import math
from dataclasses import dataclass

import torch

from lm.kenlm_model import KenLM
from unsup_asr.data.spoken_words import SpokenWords
from unsup_asr.data.vocabulary import Vocabulary
from unsup_asr.encoders.clip import Clip


@dataclass(frozen=True)
class Fitness:
    """What can be said of a generator without labels.

    Attributes:
        perplexity: of the greedy text under the captions' n-gram model, KenLM's figure, over CLIP's pieces.
        retrieval_r1: percent of greedy texts whose own picture CLIP finds nearest among the split's.
        pool: pictures to choose from.
        score: log retrieval − log perplexity; higher is better.
    """

    perplexity: float
    retrieval_r1: float
    pool: int
    score: float


@dataclass(frozen=True)
class Judge:
    """Judges greedy text.

    Attributes:
        vocabulary: spells entries as pieces.
        kenlm: the captions' n-gram model.
        clip: finds pictures by text.
        spoken: the speech that is judged by, with its pictures; never that of the test.
    """

    vocabulary: Vocabulary
    kenlm: KenLM
    clip: Clip
    spoken: SpokenWords

    def fitness(self, entries: list[list[int]]) -> Fitness:
        """How good greedy text looks.

        Args:
            entries: what was written for each utterance of `spoken`, null left out.
        """
        table = self.vocabulary.entries
        perplexity = self.kenlm.perplexity([[p for e in row for p in table[e].pieces] for row in entries])
        texts = self.clip.encode_captions([[i for e in row for i in table[e].clip_ids] for row in entries])
        images, ids = self.spoken.images, self.spoken.image_ids
        nearest = ids[(texts.to(images.device) @ images.T).argmax(dim=1)]
        found = float((nearest == ids).float().mean())
        pool = len(torch.unique(ids))
        # A text that finds nothing is as good as chance, not infinitely bad.
        score = math.log(max(found, 1 / pool)) - math.log(perplexity)
        return Fitness(perplexity, 100 * found, pool, score)
