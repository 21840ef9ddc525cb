"""How far the references of an utterance agree with each other: what a score against them can be read by.

A person's own translation would come to about the leave-one-out BLEU. The pairwise BLEU says how alike two
references are; references that hardly differ are as good as one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from statistics import mean

from unsup_asr.errors import InputError
from unsup_asr.evaluation.translation import translation_scores


@dataclass(frozen=True, slots=True)
class ReferenceAgreement:
    """Of a set of utterances with several references each; BLEU, 0–100.

    Attributes:
        utterances: with two references or more.
        fewest, most: references of an utterance, among all.
        leave_one_out_bleu: of the k-th references against all the others, mean over k.
        pairwise_bleu: of the k-th references against the l-th alone, mean over all k and l.
        signature: sacrebleu's, of the former.
    """

    utterances: int
    fewest: int
    most: int
    leave_one_out_bleu: float
    pairwise_bleu: float
    signature: str


def reference_agreement(references: Sequence[Sequence[str]]) -> ReferenceAgreement:
    """Score references against each other.

    Every reference takes part that all utterances have, as hypothesis; as references, those take part that some
    utterances lack, too.

    Args:
        references: the references of each utterance, normalised; two or more each.

    Raises:
        InputError: there is no utterance, or one has a single reference.
    """
    if not references:
        raise InputError("no utterance has references", remedy="give at least one")
    counts = [len(texts) for texts in references]
    if min(counts) < 2:
        fault = f"{min(counts)} reference, 2 or more are wanted"
        raise InputError(
            fault, where=f"utterance {counts.index(min(counts))}", remedy="leave it out or add one"
        )
    places = range(min(counts))
    alone = [
        translation_scores(
            [[*texts[:place], *texts[place + 1 :]] for texts in references],
            [texts[place] for texts in references],
        )
        for place in places
    ]
    pairs = [
        translation_scores(
            [[texts[other]] for texts in references], [texts[one] for texts in references]
        ).bleu
        for one, other in permutations(places, 2)
    ]
    return ReferenceAgreement(
        utterances=len(references),
        fewest=min(counts),
        most=max(counts),
        leave_one_out_bleu=mean(scores.bleu for scores in alone),
        pairwise_bleu=mean(pairs),
        signature=alone[0].bleu_signature,
    )
