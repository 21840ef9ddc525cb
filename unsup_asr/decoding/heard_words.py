"""What recognised words may be, from their probabilities: for speech that was written down without segments."""

import math
from collections.abc import Sequence

import torch

from unsup_asr.data.vocabulary import NULL, Vocabulary
from unsup_asr.decoding.hypothesis import Hypothesis
from unsup_asr.decoding.reordering import Heard, ReorderingConfig

# A probability that was rounded to nothing, and a score that nothing is chosen for.
_LEAST, _NEVER = 1e-4, -1e4


def heard_words(hypotheses: Sequence[Hypothesis], vocabulary: Vocabulary, config: ReorderingConfig) -> Heard:
    """The words and their alternatives, scored log p − log share of the captions' words.

    The share is taken out because the n-gram model brings it in again. Words that the vocabulary lacks are passed
    over.

    Args:
        hypotheses: with the words of each utterance in the order of speech.
        vocabulary: what can be written.
        config: how many candidates there are, and what silence costs.
    """
    index, total = vocabulary.index(), sum(entry.count for entry in vocabulary.entries)
    prior = [math.log(max(entry.count, 1) / total) for entry in vocabulary.entries]
    lengths = torch.tensor([len(h.words) for h in hypotheses])
    shape = (len(hypotheses), max(int(lengths.max()), 1))
    entries = torch.full((*shape, config.candidates), NULL + 1)
    scores = torch.full((*shape, config.candidates), _NEVER)
    silent = torch.full(shape, -config.deletion)
    for row, hypothesis in enumerate(hypotheses):
        for place, word in enumerate(hypothesis.words):
            said = [(word.word, word.probability), *((a.word, a.probability) for a in word.alternatives)]
            known = [(index[name], p) for name, p in said if name in index][: config.candidates]
            for rank, (entry, p) in enumerate(known):
                entries[row, place, rank] = entry
                scores[row, place, rank] = math.log(max(p, _LEAST)) - prior[entry]
            nothing = sum(p for name, p in said if not name)
            if nothing:
                silent[row, place] = max(-config.deletion, math.log(max(nothing, _LEAST)))
    return Heard(entries, scores, silent, lengths)
