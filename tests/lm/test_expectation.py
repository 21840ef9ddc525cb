import itertools

import pytest
import torch
from torch import Tensor

from lm.errors import LanguageModelError
from lm.expectation import bigram_expectation, draw_history, history_expectation, top_k_expectation
from lm.kneser_ney import estimate
from lm.tensor_model import EntryLM
from tests.lm.drawn_text import WORDS

# Null, words, an unknown word, an entry of three pieces; without null.
WITH_NULL = [[], [WORDS[0]], [WORDS[1]], ["never"], [WORDS[0], WORDS[1], WORDS[0]]]
WITHOUT_NULL = WITH_NULL[1:]


def draw_soft(sentences: int, positions: int, entries: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(sentences, positions, entries, generator=generator, dtype=torch.double)
    return logits.softmax(dim=2)


def mean_over_sentences(model: EntryLM, soft: Tensor, length: int) -> Tensor:
    """The expectation by its definition: every sentence there is, by its chance."""
    every = list(itertools.product(range(model.size), repeat=length))
    sentences = torch.tensor(every, dtype=torch.long).view(len(every), length)
    scores = model.score(sentences, torch.full((len(sentences),), length))
    return soft[:, torch.arange(length), sentences].prod(dim=2) @ scores.double()


@pytest.mark.parametrize("entries", [WITH_NULL, WITHOUT_NULL])
@pytest.mark.parametrize("order", [1, 2])
def test_the_bigram_expectation_is_the_mean_over_all_sentences(text, entries, order):
    model = EntryLM.from_arpa(estimate(text, order), entries).double()
    soft = draw_soft(3, 4, len(entries))
    for length in range(5):
        ours = bigram_expectation(model, soft, torch.full((3,), length))
        torch.testing.assert_close(ours, mean_over_sentences(model, soft, length), atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("entries", [WITH_NULL, WITHOUT_NULL])
@pytest.mark.parametrize("order", range(1, 7))
def test_with_every_entry_the_expectation_of_any_order_is_exact(text, entries, order):
    model = EntryLM.from_arpa(estimate(text, order), entries).double()
    soft = draw_soft(2, 5, len(entries), seed=order)
    for length in (0, 1, 3, 5):
        ours = top_k_expectation(model, soft, torch.full((2,), length), len(entries))
        torch.testing.assert_close(ours, mean_over_sentences(model, soft, length), atol=1e-9, rtol=1e-9)


def test_the_likeliest_entries_alone_are_the_expectation_of_what_is_left_of_the_distributions(text):
    model = EntryLM.from_arpa(estimate(text, 3), WITH_NULL).double()
    soft, lengths = draw_soft(4, 4, 5), torch.tensor([4, 2, 0, 3])
    kept = soft * (soft >= soft.topk(2, dim=2).values[..., -1:])
    whole = top_k_expectation(model, kept / kept.sum(dim=2, keepdim=True), lengths, 5)
    torch.testing.assert_close(top_k_expectation(model, soft, lengths, 2), whole)
    greedy = model.score(soft.argmax(dim=2), lengths)
    torch.testing.assert_close(top_k_expectation(model, soft, lengths, 1), greedy)


@pytest.mark.parametrize("entries", [WITH_NULL, WITHOUT_NULL])
def test_histories_drawn_from_the_distributions_give_the_expectation_in_the_mean(text, entries):
    model = EntryLM.from_arpa(estimate(text, 3), entries).double()
    soft, length = draw_soft(1, 3, len(entries)), 3
    every = torch.tensor(list(itertools.product(range(len(entries)), repeat=length)))
    chances = soft[0, torch.arange(length), every].prod(dim=1)
    many = soft.expand(len(every), -1, -1)
    ours = history_expectation(model, many, torch.full((len(every),), length), every)
    torch.testing.assert_close((chances @ ours)[None], mean_over_sentences(model, soft, length))


def test_histories_are_drawn_by_their_shares():
    soft = torch.tensor([[[0.2, 0.8, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]]).expand(4000, -1, -1)
    drawn = draw_history(soft, torch.Generator().manual_seed(0))
    assert drawn.shape == (4000, 3)
    assert abs(drawn[:, 0].double().mean() - 0.8) < 0.03 and drawn[:, 0].max() == 1
    assert not drawn[:, 1].any() and (drawn[:, 2] == 2).all()


def test_a_hard_sentence_has_its_own_score_whatever_the_padding(text):
    model = EntryLM.from_arpa(estimate(text, 2), WITH_NULL).double()
    ids = torch.randint(5, (30, 6), generator=torch.Generator().manual_seed(1))
    lengths = torch.arange(30) % 7
    hard = torch.nn.functional.one_hot(ids, 5).double()
    beyond = torch.arange(6) >= lengths[:, None]
    hard[beyond] = float("nan")
    score = model.score(ids, lengths)
    torch.testing.assert_close(bigram_expectation(model, hard, lengths), score)
    torch.testing.assert_close(history_expectation(model, hard, lengths, ids), score)
    torch.testing.assert_close(top_k_expectation(model, hard.nan_to_num(), lengths, 2), score)


@pytest.mark.parametrize("order", [2, 4])
def test_gradients_are_those_of_differences(text, order):
    model = EntryLM.from_arpa(estimate(text, order), WITH_NULL).double()
    logits = draw_soft(2, 4, 5).log().requires_grad_(True)
    lengths, history = torch.tensor([4, 2]), torch.tensor([[1, 4, 0, 2], [3, 1, 0, 0]])
    for expectation in (
        lambda x: bigram_expectation(model, x.softmax(dim=2), lengths),
        lambda x: history_expectation(model, x.softmax(dim=2), lengths, history),
        lambda x: top_k_expectation(model, x.softmax(dim=2), lengths, 5),
        lambda x: top_k_expectation(model, x.softmax(dim=2), lengths, 2),
    ):
        assert torch.autograd.gradcheck(expectation, logits)


def test_everything_is_made_on_the_device_of_the_model(text):
    """What is made without a device would be meta here, and would not mix with the model's tensors."""
    model = EntryLM.from_arpa(estimate(text, 3), WITH_NULL)
    soft, lengths = draw_soft(2, 4, 5).float(), torch.tensor([4, 2])
    with torch.device("meta"):
        for expected in (
            bigram_expectation(model, soft, lengths),
            history_expectation(model, soft, lengths, draw_history(soft)),
            top_k_expectation(model, soft, lengths, 3),
        ):
            assert expected.device == soft.device


def test_distributions_over_another_vocabulary_are_refused(text):
    model = EntryLM.from_arpa(estimate(text, 2), WITH_NULL)
    soft, lengths = draw_soft(2, 3, 4), torch.tensor([3, 2])
    for expectation in (
        lambda: bigram_expectation(model, soft, lengths),
        lambda: history_expectation(model, soft, lengths, soft.argmax(dim=2)),
        lambda: top_k_expectation(model, soft, lengths, 2),
    ):
        with pytest.raises(LanguageModelError, match=r"\[2, 3, 4\], the model has 5 entries") as caught:
            expectation()
        assert caught.value.remedy
    with pytest.raises(LanguageModelError, match="k is 6, not 1 to 5"):
        top_k_expectation(model, draw_soft(2, 3, 5), lengths, 6)
