"""Choosing between starts without labels: does the greedy text read like captions, and fit its pictures?

Perplexity and vocabulary use reject collapse but cannot tell exchangeable words apart; retrieval of the picture
can. Greedy output is judged: text decoded with the n-gram model would score itself.
"""

from dataclasses import dataclass

import torch

from lm.kenlm_model import KenLM
from unsup_asr.data.spoken_words import SpokenWords
from unsup_asr.data.vocabulary import Vocabulary
from unsup_asr.encoders.clip import Clip
from unsup_asr.training.criteria import picture_likelihood


@dataclass(frozen=True)
class Fitness:
    """What can be said of a generator without labels.

    Attributes:
        perplexity: of the greedy text under the captions' n-gram model, KenLM's figure, over CLIP's pieces.
        vocabulary_use: percent of the caption vocabulary that the greedy text uses.
        log10_probability: of the greedy text as a whole, ends of sentences included.
        retrieval_r1: percent of greedy texts whose own picture CLIP finds nearest among the split's.
        pool: pictures to choose from.
        score: `criteria.picture_likelihood`; higher is better.
    """

    perplexity: float
    vocabulary_use: float
    log10_probability: float
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
        read = self.kenlm.evaluate([[p for e in row for p in table[e].pieces] for row in entries])
        texts = self.clip.encode_captions([[i for e in row for i in table[e].clip_ids] for row in entries])
        images, ids = self.spoken.images, self.spoken.image_ids
        nearest = ids[(texts.to(images.device) @ images.T).argmax(dim=1)]
        found = float((nearest == ids).float().mean())
        used, pool = len({entry for row in entries for entry in row}), len(torch.unique(ids))
        use = used / (len(table) - 1)
        # A text that finds nothing is as good as chance, and silence as one word: not infinitely bad.
        score = picture_likelihood(read.perplexity, max(use, 1 / (len(table) - 1)), max(found, 1 / pool))
        return Fitness(read.perplexity, 100 * use, read.log10_probability, 100 * found, pool, score)
