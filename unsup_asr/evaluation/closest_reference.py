"""Which of several references a text is held against: the one that it comes closest to."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from unsup_asr.evaluation.alignment import check_paired
from unsup_asr.evaluation.recognition import utterance_errors


def closest_references(references: Sequence[Sequence[str]], hypotheses: Sequence[str]) -> list[str]:
    """Of each utterance's references the one with the lowest word error rate, of equals the first.

    Speakers of a language say the same in several ways, and a text is right if it is one of them: errors and
    bags of words are counted against that one, as BLEU counts against all.

    Args:
        references: of each utterance, normalised, one at least.
        hypotheses: one an utterance.

    Raises:
        InputError: there are not as many hypotheses as utterances.
    """
    check_paired(references, hypotheses)
    if all(len(texts) == 1 for texts in references):
        return [texts[0] for texts in references]
    pairs = [(row, text) for row, texts in enumerate(references) for text in texts]
    errors, words = utterance_errors([text for _, text in pairs], [hypotheses[row] for row, _ in pairs]).T
    rates = errors / np.maximum(words, 1)
    rated = zip(pairs, rates.tolist(), strict=True)
    return [
        min(own, key=lambda pair: pair[1])[0][1] for _, own in groupby(rated, key=lambda pair: pair[0][0])
    ]
