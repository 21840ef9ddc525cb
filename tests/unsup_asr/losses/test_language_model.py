import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from lm.expectation import bigram_expectation, draw_history
from lm.kneser_ney import estimate
from lm.tensor_model import EntryLM
from unsup_asr.losses.language_model import (
    bigram_divergence_loss,
    expected_bigram_loss,
    expected_ngram_loss,
    length_loss,
    unigram_matching_loss,
)

WORDS = ["a", "dog", "runs", "sleeps"]
TEXT = [
    line.split() for line in ("a dog runs", "a dog sleeps", "a dog", "dog runs", "runs a dog", "a a dog runs")
]


@pytest.fixture(scope="module")
def model() -> EntryLM:
    return EntryLM.from_arpa(estimate(TEXT, 2), WORDS)


def mask_of(lengths: Tensor, longest: int) -> Tensor:
    return torch.arange(longest) < lengths[:, None]


def draw(lengths: list[int], size: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Distributions [B, T, size], double, zero beyond each length, and the mask."""
    generator = torch.Generator().manual_seed(seed)
    mask = mask_of(torch.tensor(lengths), max(lengths))
    logits = torch.randn(*mask.shape, size, generator=generator, dtype=torch.float64)
    return logits.softmax(dim=-1) * mask[..., None], mask


def draw_bigram(size: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(size + 1, size + 1, generator=generator, dtype=torch.float64).log_softmax(dim=-1)


def test_certain_sentences_cost_what_the_bigram_model_says(model):
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(len(WORDS), (50, 6), generator=generator)
    lengths = torch.randint(1, 7, (50,), generator=generator)
    mask = mask_of(lengths, 6)
    certain = functional.one_hot(ids, len(WORDS)).float() * mask[..., None]
    per_token = -model.score(ids, lengths).sum() / (lengths.sum() + len(ids))
    torch.testing.assert_close(expected_bigram_loss(certain, mask, model.bigram_matrix()), per_token)


def test_uncertain_sentences_cost_the_expectation(model):
    probabilities, mask = draw([4, 1, 3], len(WORDS))
    lengths = mask.sum(dim=1)
    expected = -bigram_expectation(model, probabilities, lengths).sum() / (lengths.sum() + 3)
    ours = expected_bigram_loss(probabilities, mask, model.bigram_matrix().double())
    torch.testing.assert_close(ours, expected)


def test_gradients_of_the_bigram_loss():
    probabilities, mask = draw([3, 1], 3)
    bigram = draw_bigram(3).requires_grad_(True)
    loss = lambda q, b: expected_bigram_loss(q, mask, b)  # noqa: E731
    assert torch.autograd.gradcheck(loss, (probabilities.requires_grad_(True), bigram))


@given(seed=st.integers(0, 1000), size=st.integers(2, 6))
def test_use_of_words_costs_nothing_where_it_is_that_of_the_captions_and_something_elsewhere(seed, size):
    probabilities, mask = draw([5, 2], size, seed)
    used = probabilities[mask].mean(dim=0)
    assert abs(unigram_matching_loss(probabilities, mask, used)) < 1e-12
    other, _ = draw([1], size, seed + 5000)
    variation = (used - other[0, 0]).abs().sum() / 2
    # Pinsker's inequality; the loss adds 1e-8 to each share.
    assert unigram_matching_loss(probabilities, mask, other[0, 0]) >= 2 * variation**2 - 1e-6


def test_use_of_words_is_a_divergence_in_nats():
    probabilities = torch.tensor([[[1.0, 0.0], [1.0, 0.0]]])
    loss = unigram_matching_loss(
        probabilities, torch.ones(1, 2, dtype=torch.bool), torch.tensor([0.25, 0.75])
    )
    torch.testing.assert_close(loss, torch.tensor(4.0).log())


def test_words_beyond_the_end_do_not_count_as_used():
    probabilities, mask = draw([4, 1], 3)
    unigram = torch.full((3,), 1 / 3, dtype=torch.float64)
    filled = torch.where(mask[..., None], probabilities, 9.0)
    before, after = (unigram_matching_loss(q, mask, unigram) for q in (probabilities, filled))
    assert torch.equal(before, after)


def test_gradients_of_the_unigram_loss():
    probabilities, mask = draw([3, 1], 3)
    unigram = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
    loss = lambda q: unigram_matching_loss(q, mask, unigram)  # noqa: E731
    assert torch.autograd.gradcheck(loss, (probabilities.requires_grad_(True),))


def log_of(probabilities: Tensor, mask: Tensor) -> Tensor:
    return torch.where(mask[..., None], probabilities, 1.0).log()


def test_certain_sentences_cost_what_a_model_of_any_order_says():
    model = EntryLM.from_arpa(estimate(TEXT, 4), WORDS)
    ids = torch.randint(len(WORDS), (50, 6), generator=torch.Generator().manual_seed(0))
    mask = mask_of(torch.arange(50) % 6 + 1, 6)
    certain = functional.one_hot(ids, len(WORDS)).float() * mask[..., None]
    per_token = -model.score(ids, mask.sum(dim=1)).sum() / (mask.sum() + len(ids))
    torch.testing.assert_close(expected_ngram_loss(certain, mask, model, draw_history(certain)), per_token)


def test_gradients_of_the_ngram_loss(model):
    probabilities, mask = draw([3, 1], len(WORDS))
    history = draw_history(probabilities, torch.Generator().manual_seed(0))
    loss = lambda q: expected_ngram_loss(q, mask, model.double(), history)  # noqa: E731
    assert torch.autograd.gradcheck(loss, (probabilities.requires_grad_(True),))


@given(seed=st.integers(0, 1000), size=st.integers(2, 5))
def test_the_divergence_is_that_of_the_distributions_over_all_sentences(seed, size):
    """Sentences of two words: KL to the bigram model, whose sentences of two words do not sum to one."""
    probabilities, mask = draw([2], size, seed)
    bigram = draw_bigram(size, seed)
    chances = probabilities[0, 0][:, None] * probabilities[0, 1]
    model = bigram[-1, :-1][:, None] + bigram[:-1, :-1] + bigram[:-1, -1]
    divergence = (chances * (chances.log() - model)).sum() / 3
    ours = bigram_divergence_loss(probabilities, log_of(probabilities, mask), mask, bigram)
    torch.testing.assert_close(ours, divergence)
    assert ours >= 0


def test_gradients_of_the_divergence():
    probabilities, mask = draw([3, 1], 3)
    bigram = draw_bigram(3)
    logits = log_of(probabilities, mask).requires_grad_(True)

    def loss(x: Tensor) -> Tensor:
        logs = x.log_softmax(dim=-1) * mask[..., None]
        return bigram_divergence_loss(logs.exp() * mask[..., None], logs, mask, bigram)

    assert torch.autograd.gradcheck(loss, (logits,))


def test_the_length_guard_counts_words_and_not_null():
    probabilities, mask = draw([4, 2], 3)
    probabilities[:] = torch.tensor([0.5, 0.3, 0.2])
    probabilities *= mask[..., None]
    # 3 words in 2 utterances
    assert length_loss(probabilities, mask, 1.5).item() == pytest.approx(0)
    assert length_loss(probabilities, mask, 3.0).item() == pytest.approx(0.25)
    loss = lambda q: length_loss(q, mask, 2.0)  # noqa: E731
    assert torch.autograd.gradcheck(loss, (probabilities.requires_grad_(True),))


def learned(loss: object) -> Tensor:
    """The share of each entry (null first) after free distributions were led by a loss alone."""
    torch.manual_seed(0)
    logits = torch.randn(20, 4, len(WORDS) + 1, requires_grad=True)
    optimiser = torch.optim.Adam([logits], 0.1)
    for _ in range(150):
        optimiser.zero_grad()
        loss(logits.softmax(dim=-1)).backward()
        optimiser.step()
    return logits.detach().softmax(dim=-1).mean(dim=(0, 1))


def test_without_its_guards_the_ngram_term_writes_nothing_and_then_little():
    model = EntryLM.from_arpa(estimate(TEXT, 3), [[], *([word] for word in WORDS)])
    mask = torch.ones(20, 4, dtype=torch.bool)
    counts = torch.tensor([0.0, *(sum(line.count(word) for line in TEXT) for word in WORDS)])
    unigram = counts / counts.sum()
    ngram = lambda q: expected_ngram_loss(q, mask, model, draw_history(q))  # noqa: E731
    alone = learned(ngram)
    assert alone[0] > 0.95
    long = learned(lambda q: ngram(q) + 20 * length_loss(q, mask, 4.0))
    assert long[0] < 0.05 and long[-1] < unigram[-1] / 3
    both = learned(
        lambda q: ngram(q) + 20 * length_loss(q, mask, 4.0) + 20 * unigram_matching_loss(q, mask, unigram)
    )
    assert (both - unigram).abs().max() < 0.02
