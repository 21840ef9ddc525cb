"""The reward by its definition, and a head that learns from it."""

import pytest
import torch

from lm.arpa_writer import write_arpa
from lm.kenlm_model import KenLM
from lm.kneser_ney import estimate
from lm.tensor_model import EntryLM
from segmenters.assignment import assign_between
from segmenters.boundary_head import BoundaryHead, BoundaryHeadConfig
from segmenters.boundary_peaks import HeadSegmenter, PeakConfig
from segmenters.boundary_policy import standardise
from segmenters.distillation import DistillationTargets
from segmenters.metrics.boundaries import boundary_scores
from tests.unsup_asr.planted import CAPTIONS, rows
from tests.unsup_asr.planted_frames import CHANNELS, SLOTS, late, planted_frames, pooled
from unsup_asr.data.vocabulary import Vocabulary, caption_pieces
from unsup_asr.models.generator import GeneratorConfig, WordGenerator
from unsup_asr.training.boundary_policy_training import BoundaryPolicy, BoundaryPolicyConfig, greedy_texts
from unsup_asr.training.boundary_reward import (
    RewardWeights,
    Texts,
    log_perplexity,
    perplexities,
    text_rewards,
)
from unsup_asr.training.boundary_training import Distillation, DistillationConfig


@pytest.fixture(scope="module")
def vocabulary(tokenizer) -> Vocabulary:
    return Vocabulary.from_captions(CAPTIONS, tokenizer)


@pytest.fixture(scope="module")
def arpa(tokenizer):
    return estimate(caption_pieces(CAPTIONS, tokenizer), 2, discount_fallback=True)


@pytest.fixture(scope="module")
def lm(vocabulary, arpa) -> EntryLM:
    return EntryLM.from_arpa(arpa, [entry.pieces for entry in vocabulary.entries])


def texts(sentences: list[list[int]]) -> Texts:
    lengths = torch.tensor([len(row) for row in sentences])
    padded = torch.zeros(len(sentences), int(lengths.max()), dtype=torch.long)
    for row, entries in enumerate(sentences):
        padded[row, : len(entries)] = torch.tensor(entries, dtype=torch.long)
    return Texts(padded, lengths)


def test_perplexities_are_kenlms(vocabulary, arpa, lm, tmp_path):
    """Every word of this vocabulary is one piece, so that words and pieces are as many."""
    assert all(len(entry.pieces) == 1 for entry in vocabulary.entries[1:])
    sentences = [*rows(vocabulary, CAPTIONS[:2]), [3, 1, 1], []]
    pieces = [[vocabulary.entries[entry].pieces[0] for entry in row] for row in sentences]
    write_arpa(arpa, tmp_path / "lm.arpa")
    kenlm = KenLM(tmp_path / "lm.arpa")
    expected = [kenlm.perplexity([row]) for row in pieces]
    assert perplexities(lm, texts(sentences)).tolist() == pytest.approx(expected, rel=1e-3)
    assert float(log_perplexity(lm, texts(sentences)).exp()) == pytest.approx(
        kenlm.perplexity(pieces), rel=1e-3
    )


def test_rewards_by_hand(lm):
    before, now = texts([[1, 2, 3], [1, 2], [4]]), texts([[1, 3, 3, 2], [1, 2], []])
    edits = torch.tensor([2 / 3, 0.0, 1.0])  # 1 2 3 → 1 3 3 2: one changed, one put in
    longer = torch.tensor([1 / 3, 0.0, 1.0])
    worse = perplexities(lm, now) - perplexities(lm, before)
    for weights, expected in (
        (RewardWeights(0, 1, 0), -standardise(edits)),
        (RewardWeights(0, 0, 1), -standardise(longer)),
        (RewardWeights(2, 0, 0), -2 * standardise(worse)),
        (RewardWeights(), -standardise(worse) - 0.2 * standardise(edits) - 0.2 * standardise(longer)),
    ):
        torch.testing.assert_close(text_rewards(lm, weights, now, before), expected)


def test_null_is_passed_over_in_greedy_texts():
    mask = torch.ones(2, 6, dtype=torch.bool)
    assignment = assign_between(torch.tensor([[2.0, 4.0], [3.0, 0.0]]), torch.tensor([2, 1]), mask)
    assert greedy_texts(torch.tensor([0, 5, 7, 0, 3]), assignment).lists() == [[5, 7], [3]]


def test_a_head_learns_from_rewards(vocabulary, lm):
    """It was taught boundaries that are too late; the n-gram model, knowing no sound, draws it back."""
    sentences = rows(vocabulary, CAPTIONS * 12)
    spoken, truth = planted_frames(sentences, len(vocabulary))
    torch.manual_seed(0)
    head = BoundaryHead(BoundaryHeadConfig(CHANNELS, hidden=32, kernels=(9, 3, 1), dropout=0.0))
    targets = DistillationTargets(tolerance=0.0, positive_weight=1.0)
    found = late(truth, 3)
    distillation = Distillation(DistillationConfig(16, 5e-3, targets), head, spoken, found, seed=1)
    for step in range(25):
        distillation.update(step)
    first = HeadSegmenter(head, PeakConfig()).segment(spoken.utterances)
    embeddings = torch.randn(len(vocabulary), 12)
    embeddings[0] = 0.0
    generator = WordGenerator(
        GeneratorConfig(narrow=16, wide=16, dropout=0.0), CHANNELS + 1, SLOTS, embeddings
    )
    optimiser = torch.optim.Adam(generator.parameters(), 1e-2)
    for _ in range(60):
        optimiser.zero_grad()
        logits = generator(pooled(spoken, truth))
        torch.nn.functional.cross_entropy(logits, torch.tensor(sentences).flatten()).backward()
        optimiser.step()
    kept = {name: value.clone() for name, value in generator.state_dict().items()}
    config = BoundaryPolicyConfig(batch=48, learning_rate=2e-3, entropy=0.0, targets=targets)
    task = BoundaryPolicy(config, head, generator, lm, SLOTS, spoken, found, seed=3)
    logs = [task.update(step) for step in range(120)]
    scores = [
        boundary_scores(truth, found, 0.03).f1
        for found in (first, HeadSegmenter(head, PeakConfig()).segment(spoken.utterances))
    ]
    early, final = (
        torch.stack([log["log_perplexity"] for log in part]).mean() for part in (logs[:10], logs[-10:])
    )
    assert final < 0.8 * early
    assert scores[0] < 3 and scores[1] > 15
    assert all(torch.equal(value, kept[name]) for name, value in generator.state_dict().items())
