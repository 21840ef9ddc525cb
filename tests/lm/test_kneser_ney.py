import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lm.arpa import Arpa
from lm.errors import LanguageModelError
from lm.kneser_ney import estimate, estimate_encoded
from lm.text import encode_ids
from tests.lm.kneser_ney_reference import Reference

TEXTS = st.lists(st.lists(st.sampled_from("abcde"), max_size=6), min_size=1, max_size=25).filter(any)
PRUNES = st.sampled_from([(), (0, 0, 1), (0, 1), (0, 1, 2)])


def as_dict(arpa: Arpa) -> dict[tuple[str, ...], tuple[float, float]]:
    return {
        tuple(arpa.vocabulary[word] for word in row): (probability, backoff)
        for grams in arpa.grams
        for row, probability, backoff in zip(
            grams.ids.tolist(),
            grams.log10_probabilities.tolist(),
            grams.log10_backoffs.tolist(),
            strict=True,
        )
    }


def test_a_text_of_one_word_has_the_closed_form():
    """Counts of 1 give away 0.5; the uniform share is 1/3: p(a) = 0.5/2·1 + 0.5 · 1/3 = 5/12."""
    model = as_dict(estimate([["a"]], 2))
    expected = {
        ("<unk>",): (1 / 6, 1),
        ("<s>",): (1, 0.5),
        ("</s>",): (5 / 12, 1),
        ("a",): (5 / 12, 0.5),
        ("<s>", "a"): (17 / 24, 1),
        ("a", "</s>"): (17 / 24, 1),
    }
    assert model.keys() == expected.keys()
    for gram, values in expected.items():
        np.testing.assert_allclose(10.0 ** np.array(model[gram]), values, rtol=1e-6)


def test_unigrams_of_a_small_text_have_the_closed_form():
    """b follows three words, a and </s> two each, c one: n1 = 1, n2 = 2, n3 = 1, n4 = 0 of 8 in all.

    Y = 1/5, so D1 = 1 − 2Y·2/1 = 0.2, D2 = 2 − 3Y·1/2 = 1.7, D3 = 3; they free 0.2 + 2·1.7 + 3 = 6.6,
    of which each of the five words gets 6.6/8/5 = 0.165.
    """
    sentences = [["a", "b"], ["b", "a"], ["a", "c", "b"]]
    model = as_dict(estimate(sentences, 2, discount_fallback=True))
    unigrams = {word: 10 ** model[(word,)][0] for word in ("a", "b", "c", "</s>", "<unk>")}
    own = {"a": 0.3 / 8, "b": 0.0, "c": 0.8 / 8, "</s>": 0.3 / 8, "<unk>": 0.0}
    assert unigrams == pytest.approx({word: share + 0.165 for word, share in own.items()}, rel=1e-6)


def check_against_reference(sentences: list[list[str]], order: int, prune: tuple[int, ...]) -> None:
    model = as_dict(estimate(sentences, order, prune))
    filled = (list(prune) or [0]) + [(list(prune) or [0])[-1]] * (order - len(prune or [0]))
    reference = Reference(sentences, order, filled)
    kept = {gram for grams in reference.kept for gram in grams} | {("<s>",), ("<unk>",)}
    assert model.keys() == kept
    for gram, (probability, backoff) in model.items():
        if gram != ("<s>",):
            assert 10**probability == pytest.approx(reference.probability(gram), rel=1e-5)
        if len(gram) < order:
            assert 10**backoff == pytest.approx(reference.backoff(gram), rel=1e-5)


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.integers(1, 4), PRUNES)
def test_agrees_with_the_definition_on_drawn_texts(sentences, order, prune):
    longest = 2 + max(map(len, sentences))
    order = min(order, longest)
    check_against_reference(sentences, order, prune[:order])


@pytest.mark.parametrize("order", range(1, 7))
def test_agrees_with_the_definition_where_discounts_are_estimated(text, order):
    check_against_reference(text, order, (0, 0, 1)[:order])


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.integers(1, 4), PRUNES)
def test_every_history_sums_to_one(sentences, order, prune):
    order = min(order, 2 + max(map(len, sentences)))
    arpa = estimate(sentences, order, prune[:order])
    model = as_dict(arpa)
    words = [word for word in arpa.vocabulary if word != "<s>"]

    def probability(context: tuple[str, ...], word: str) -> float:
        if (*context, word) in model:
            return 10 ** model[(*context, word)][0]
        return 10 ** model.get(context, (0, 0))[1] * probability(context[1:], word)

    for history in [()] + [gram for gram in model if len(gram) < order]:
        assert sum(probability(history, word) for word in words) == pytest.approx(1, abs=1e-6)


def test_token_ids_are_the_same_as_their_words(text):
    words = ["unused", *sorted({word for sentence in text for word in sentence})]
    place = {word: index for index, word in enumerate(words)}
    ids = np.array([place[word] for sentence in text for word in sentence])
    encoded = encode_ids(ids, np.array([len(sentence) for sentence in text]), words)
    assert as_dict(estimate_encoded(encoded, 4)) == as_dict(estimate(text, 4))


@pytest.mark.parametrize(
    ("ids", "lengths", "words", "message"),
    [
        ([0, 1], [1], "ab", "add up to 1, but there are 2 ids"),
        ([0, 1], [3, -1], "ab", "add up to 2"),
        ([0, 1, 2], [1, 2], "ab", "sentence 2: the id 2 is not one of the vocabulary's 2"),
        ([-1], [1], "ab", "sentence 1: the id -1"),
        ([0, 1], [2], "aa", "stands there twice"),
        ([0, 1], [2], ["a", "</s>"], "one of <s>, </s>, <unk>"),
        ([0, 1], [2], ["a", "b c"], "sentence 1: the word 'b c'"),
        ([], [0, 0], "ab", "no words"),
    ],
)
def test_token_ids_that_do_not_fit_are_refused(ids, lengths, words, message):
    with pytest.raises(LanguageModelError, match=message) as caught:
        encode_ids(np.array(ids, dtype=int), np.array(lengths), words)
    assert caught.value.remedy


def test_progress_is_told_order_by_order(text):
    told = []
    estimate(text, 3, progress=lambda what, done, total: told.append((what, done, total)))
    assert told == [
        *(("counting n-grams", n, 3) for n in (2, 3)),
        *(("estimating", n, 3) for n in (1, 2, 3)),
    ]


def test_fallback_discounts_may_be_given():
    """Counts of 1 give away 0.3: p(a) = 0.7/2 + 0.3 · 1/3 = 0.45."""
    model = as_dict(estimate([["a"]], 1, discount_fallback=(0.3, 0.9)))
    assert 10 ** model[("a",)][0] == pytest.approx(0.45, rel=1e-6)


def test_a_large_vocabulary_does_not_overflow():
    """50,000 words, 300,000 distinct trigrams: the largest key is far beyond 32 bits."""
    rng = np.random.default_rng(0)
    ids = rng.permutation(np.arange(300_000) % 50_000)
    encoded = encode_ids(ids, np.full(30_000, 10), [f"w{i}" for i in range(50_000)])
    model = estimate_encoded(encoded, 3)
    trigrams = {tuple(row) for row in model.grams[2].ids.tolist()}
    rows = encoded.ids.reshape(30_000, 12)
    windows = np.lib.stride_tricks.sliding_window_view(rows, 3, axis=1).reshape(-1, 3)
    assert trigrams == {tuple(row) for row in windows.tolist()}


def test_the_text_is_read_once_and_may_be_an_iterator():
    once = iter([["a", "b"], ["b"]])
    assert as_dict(estimate(once, 2)) == as_dict(estimate([["a", "b"], ["b"]], 2))


@pytest.mark.parametrize(
    ("sentences", "order", "options", "message"),
    [
        ([], 2, {}, "no words"),
        ([[], []], 2, {}, "no words"),
        ([["a"]], 0, {}, "order is 0, not 1 to 6"),
        ([["a"]], 7, {}, "order is 7, not 1 to 6"),
        ([["a"], []], 4, {}, "longest sentence, with <s> and </s>, has 3 words"),
        ([["a"], ["b", "a b"]], 2, {}, "sentence 2: the word 'a b'"),
        ([["a"], [""]], 2, {}, "sentence 2: the word ''"),
        ([["a"], ["b"], ["<s>"]], 2, {}, "sentence 3: .*reserved"),
        ([["a"], ["b", "</s>", "a"]], 2, {}, "sentence 2: .*reserved"),
        ([["<unk>", "a"]], 2, {}, "sentence 1: .*reserved"),
        ([["a"]], 2, {"prune": (1,)}, "thresholds"),
        ([["a"]], 3, {"prune": (0, 2, 1)}, "thresholds"),
        ([["a"]], 1, {"prune": (0, 1)}, "thresholds"),
        ([["a"]], 2, {"discount_fallback": False}, "discounts of order 1 cannot be estimated"),
        ([["a"]], 2, {"discount_fallback": ()}, "fallback discounts"),
        ([["a"]], 2, {"discount_fallback": (1.5,)}, "fallback discounts"),
        ([["a"]], 2, {"discount_fallback": (0.5, 1, 1, 1)}, "fallback discounts"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_remedy(sentences, order, options, message):
    with pytest.raises(LanguageModelError, match=message) as caught:
        estimate(sentences, order, **options)
    assert caught.value.remedy
