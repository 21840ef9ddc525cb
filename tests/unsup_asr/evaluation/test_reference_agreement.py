"""References against each other: by hand, and against sacrebleu's own corpus score."""

import math
from itertools import permutations
from statistics import mean

import pytest
import sacrebleu

from unsup_asr.errors import InputError
from unsup_asr.evaluation.reference_agreement import reference_agreement

THREE = [
    ["a dog runs on the street", "on the street a dog is running", "there is a dog running on the street"],
    ["two cats sleep on a red bed", "we see two cats on a red bed", "on a red bed two cats sleep"],
]


def test_equal_references_agree_wholly() -> None:
    agreement = reference_agreement([["a dog runs on the street"] * 3, ["two cats sleep here"] * 2])
    assert agreement.leave_one_out_bleu == agreement.pairwise_bleu == pytest.approx(100)
    assert (agreement.utterances, agreement.fewest, agreement.most) == (2, 2, 3)


def test_two_references_by_hand() -> None:
    # Either way round 4 of 5 words, 3 of 4 pairs, 2 of 3 triples and 1 of 2 fours are the other's, too.
    agreement = reference_agreement([["a dog runs here now", "a dog runs here today"]])
    bleu = 100 * math.prod((4 / 5, 3 / 4, 2 / 3, 1 / 2)) ** 0.25
    assert agreement.leave_one_out_bleu == agreement.pairwise_bleu == pytest.approx(bleu)


def test_three_references_agree_with_sacrebleu() -> None:
    streams = [list(texts) for texts in zip(*THREE, strict=True)]
    pairs = [sacrebleu.corpus_bleu(one, [other]).score for one, other in permutations(streams, 2)]
    alone = [
        sacrebleu.corpus_bleu(streams[k], [stream for j, stream in enumerate(streams) if j != k]).score
        for k in range(3)
    ]
    agreement = reference_agreement(THREE)
    assert agreement.pairwise_bleu == pytest.approx(mean(pairs))
    assert agreement.leave_one_out_bleu == pytest.approx(mean(alone))
    assert agreement.leave_one_out_bleu > agreement.pairwise_bleu
    assert "nrefs:2" in agreement.signature


def test_references_that_some_lack_are_read_and_not_scored() -> None:
    uneven = [THREE[0], THREE[1][:2]]
    agreement = reference_agreement(uneven)
    assert (agreement.fewest, agreement.most) == (2, 3)
    assert agreement.pairwise_bleu == reference_agreement([texts[:2] for texts in uneven]).pairwise_bleu


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(InputError, match="no utterance has references"):
        reference_agreement([])
    with pytest.raises(InputError, match=r"utterance 1: 1 reference, 2 or more are wanted"):
        reference_agreement([THREE[0], ["a man"]])
