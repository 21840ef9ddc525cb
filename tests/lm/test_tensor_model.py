import itertools
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lm.arpa import Arpa, NGrams, write_arpa
from lm.errors import LanguageModelError
from lm.kenlm_model import KenLM
from lm.kneser_ney import estimate
from lm.tensor_model import EntryLM
from tests.lm.drawn_text import WORDS

LN10 = math.log(10)
# Null, every word, two unknown words, and entries of several pieces, one of them with an unknown piece.
ENTRIES = [
    [],
    *([word] for word in WORDS),
    ["never"],
    ["seen"],
    *([a, b] for a, b in zip(WORDS[:8], WORDS[3:11], strict=True)),
    *([a, b, a] for a, b in itertools.pairwise(WORDS[:7])),
    ["never", WORDS[0]],
    [WORDS[0], "never", WORDS[1]],
]


def as_kenlm(arpa: Arpa, folder: Path) -> KenLM:
    """KenLM reads no order 1: a unigram model is given one bigram that says what the unigrams say."""
    if arpa.order == 1:
        end = arpa.grams[0].log10_probabilities[2:3]
        bigram = NGrams(np.array([[1, 2]], dtype=np.int32), end, np.zeros(1, dtype=np.float32))
        arpa = Arpa(arpa.vocabulary, [*arpa.grams, bigram])
    write_arpa(arpa, folder / "model.arpa")
    return KenLM(folder / "model.arpa")


def draw(number: int, text: list[list[str]], seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Sentences of entries: half of them at random, half from the text with some entries exchanged."""
    rng = np.random.default_rng(seed)
    place = {entry[0]: index for index, entry in enumerate(ENTRIES) if len(entry) == 1}
    ids = torch.full((number, 9), -1)
    lengths = torch.zeros(number, dtype=torch.long)
    for row in range(number):
        source = text[rng.integers(len(text))] if row % 2 else [""] * rng.integers(0, 10)
        lengths[row] = len(source)
        for position, word in enumerate(source):
            known = word and rng.random() < 0.85
            ids[row, position] = place[word] if known else int(rng.integers(len(ENTRIES)))
    return ids, lengths


def words_of(row: torch.Tensor, length: int) -> list[str]:
    return [piece for entry in row[:length].tolist() for piece in ENTRIES[entry]]


@pytest.fixture(scope="module", params=range(1, 7), ids=lambda order: f"order{order}")
def pair(request, tmp_path_factory, text) -> tuple[EntryLM, KenLM]:
    arpa = estimate(text, request.param, (0, 0, 1)[: request.param] if request.param == 5 else ())
    return EntryLM.from_arpa(arpa, ENTRIES), as_kenlm(arpa, tmp_path_factory.mktemp("model"))


def test_scores_are_those_of_kenlm(pair, text):
    model, kenlm = pair
    ids, lengths = draw(10_000, text, seed=1)
    ours = model.score(ids, lengths) / LN10
    theirs = [kenlm.score(words_of(row, int(n))) for row, n in zip(ids, lengths, strict=True)]
    torch.testing.assert_close(ours, torch.tensor(theirs), atol=1e-4, rtol=0)


def test_every_entry_after_every_history_is_scored_as_by_kenlm(pair, text):
    model, kenlm = pair
    ids, lengths = draw(30, text, seed=2)
    for row, length in zip(ids, lengths.tolist(), strict=True):
        history = words_of(row, length)
        before = kenlm.score(history, eos=False)
        theirs = [kenlm.score(history + entry, eos=False) - before for entry in ENTRIES]
        end = kenlm.score(history) - before
        states = model.start(1)
        for entry in row[:length]:
            states = model.advance(states)[1][:, entry]
        ours, _ = model.advance(states)
        torch.testing.assert_close(ours[0] / LN10, torch.tensor(theirs), atol=1e-4, rtol=0)
        assert model.final(states).item() / LN10 == pytest.approx(end, abs=1e-4)


def test_one_entry_at_a_time_is_the_same_as_all_at_once(pair):
    model, _ = pair
    states = torch.arange(len(model.finals))
    scores, following = model.advance(states)
    every = torch.arange(len(ENTRIES))
    stepped, reached = model.step(states[:, None], every)
    torch.testing.assert_close(scores, stepped)
    assert torch.equal(following, reached)


def test_conditionals_along_a_history_add_up_to_the_score(pair, text):
    model, _ = pair
    ids, _ = draw(50, text, seed=3)
    ids = ids.clamp(min=0)
    chosen = model.conditionals(ids).gather(2, ids[..., None])[..., 0]
    last = model.step(model.history_states(ids)[:, -1], ids[:, -1])[1]
    whole = model.score(ids, torch.full((50,), ids.shape[1]))
    torch.testing.assert_close(chosen.sum(1) + model.final(last), whole, atol=1e-4, rtol=1e-5)


@pytest.mark.parametrize("prune", [(), (0, 0, 1)])
@pytest.mark.parametrize("order", range(1, 7))
def test_every_state_sums_to_one(text, order, prune):
    """In double precision, so that it is the model's own weights (single, as in ARPA) that are tested."""
    arpa = estimate(text, order, prune[:order])
    model = EntryLM.from_arpa(arpa, ["<unk>", *arpa.vocabulary[3:]]).double()
    states = torch.arange(len(model.finals))
    total = model.advance(states)[0].exp().sum(1) + model.final(states).exp()
    torch.testing.assert_close(total, torch.ones_like(total), atol=1e-6, rtol=0)


def test_everything_is_made_on_the_device_of_the_model(text):
    """What is made without a device would be meta here, and would not mix with the model's tensors."""
    model = EntryLM.from_arpa(estimate(text, 3), ENTRIES)
    ids, lengths = draw(20, text, seed=7)
    expected = model.score(ids, lengths)
    with torch.device("meta"):
        assert torch.equal(model.score(ids, lengths), expected)
        assert model.advance(model.start(3))[1].device == model.keys.device
        assert model.conditionals(ids.clamp(min=0)).device == model.keys.device
        assert model.bigram_matrix().device == model.keys.device


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_a_gpu_gives_the_same_scores(text):
    model = EntryLM.from_arpa(estimate(text, 4), ENTRIES)
    ids, lengths = draw(500, text, seed=8)
    expected = model.score(ids, lengths)
    torch.testing.assert_close(model.cuda().score(ids.cuda(), lengths.cuda()).cpu(), expected)


def test_memory_is_linear_in_the_ngrams(text):
    """Of every n-gram there is one arc and at most one state."""
    for order in (2, 5):
        arpa = estimate(text, order)
        model = EntryLM.from_arpa(arpa, arpa.vocabulary[3:])
        ngrams = sum(len(grams.ids) for grams in arpa.grams)
        assert len(model.keys) <= ngrams and len(model.finals) <= ngrams + 1
        assert sum(buffer.nbytes for buffer in model.buffers()) <= 48 * ngrams


def test_an_empty_entry_is_free_and_leaves_the_state(pair):
    model, _ = pair
    states = torch.arange(len(model.finals))
    scores, following = model.advance(states)
    assert torch.equal(scores[:, 0], torch.zeros(len(states)))
    assert torch.equal(following[:, 0], states)


def test_the_bigram_matrix_of_a_bigram_model_is_kenlms(tmp_path: Path, text):
    arpa = estimate(text, 2)
    matrix = EntryLM.from_arpa(arpa, ENTRIES).bigram_matrix() / LN10
    kenlm = as_kenlm(arpa, tmp_path)
    assert matrix.shape == (len(ENTRIES) + 1, len(ENTRIES) + 1)
    for row, context in enumerate([*ENTRIES, None]):
        # After an entry, nothing else known: a sentence without its beginning.
        known = {"bos": context is None}
        context = context or []
        before = kenlm.score(context, eos=False, **known)
        theirs = [kenlm.score(context + entry, eos=False, **known) - before for entry in ENTRIES]
        theirs.append(kenlm.score(context, **known) - before)
        torch.testing.assert_close(matrix[row], torch.tensor(theirs), atol=1e-4, rtol=0)


def test_words_of_a_model_without_unk_cost_what_kenlm_charges(tmp_path: Path, text):
    full = estimate(text, 3)
    grams = [replace(g, ids=g.ids - 1) for g in full.grams]
    first = full.grams[0]
    grams[0] = NGrams(first.ids[1:] - 1, first.log10_probabilities[1:], first.log10_backoffs[1:])
    arpa = Arpa(full.vocabulary[1:], grams)
    ids, lengths = draw(100, text, seed=6)
    kenlm = as_kenlm(arpa, tmp_path)
    ours = EntryLM.from_arpa(arpa, ENTRIES).score(ids, lengths) / LN10
    theirs = [kenlm.score(words_of(row, int(n))) for row, n in zip(ids, lengths, strict=True)]
    torch.testing.assert_close(ours, torch.tensor(theirs), atol=1e-4, rtol=1e-6)


def without(arpa: Arpa, order: int, row: int) -> Arpa:
    grams = list(arpa.grams)
    gone = grams[order - 1]
    kept = np.arange(len(gone.ids)) != row
    grams[order - 1] = NGrams(gone.ids[kept], gone.log10_probabilities[kept], gone.log10_backoffs[kept])
    return Arpa(arpa.vocabulary, grams)


def test_a_model_that_lacks_a_context_is_refused(text):
    arpa = estimate(text, 3)
    context = arpa.grams[2].ids[-1, :2]
    row = int(np.flatnonzero((arpa.grams[1].ids == context).all(1))[0])
    with pytest.raises(LanguageModelError, match="lack their context") as caught:
        EntryLM.from_arpa(without(arpa, 2, row), WORDS)
    assert caught.value.remedy


def test_a_model_that_lacks_the_end_of_an_ngram_backs_off_to_a_shorter_one():
    """a b is in the model, and x a b: its state is that of the unigram b once a b is gone."""
    arpa = estimate([["x", "a", "b"], ["y", "a"]], 3)
    words = arpa.vocabulary
    pair = [words.index("a"), words.index("b")]
    row = int(np.flatnonzero((arpa.grams[1].ids == pair).all(1))[0])
    gone = without(arpa, 2, row)
    kept = ~(gone.grams[2].ids[:, :2] == pair).all(1)
    third = gone.grams[2]
    third = NGrams(third.ids[kept], third.log10_probabilities[kept], third.log10_backoffs[kept])
    model = EntryLM.from_arpa(Arpa(words, [*gone.grams[:2], third]), ["x", "a", "b"])
    after = model.history_states(torch.tensor([[0, 1, 2, 0]]))[0, 3]
    assert after == model.targets[2]


def test_entries_that_cannot_be_scored_are_refused(text):
    arpa = estimate(text, 2)
    for entries, message in [
        ([], "no entries"),
        ([[]], "no entries"),
        (["w1</w>", ["</s>"]], "entry 1: </s>"),
        (["w1", ["w2", "w3"], "w4</w>"], "3 of the entries' 4 words are unknown to the model, such as 'w1'"),
    ]:
        with pytest.raises(LanguageModelError, match=message):
            EntryLM.from_arpa(arpa, entries)
