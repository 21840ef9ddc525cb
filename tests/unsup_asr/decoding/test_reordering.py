import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from lm.kneser_ney import estimate
from lm.tensor_model import EntryLM
from unsup_asr.decoding.beam import beam_search
from unsup_asr.decoding.hypothesis import UNHEARD
from unsup_asr.decoding.reordering import Heard, Reordered, ReorderingConfig, reorder
from unsup_asr.errors import UsageError

TEXT = [
    line.split() for line in ("a dog runs", "a big dog sleeps", "a dog", "big dog runs", "a a dog runs big")
]
# Null, words, and one entry of two pieces.
ENTRIES = [(), ("a",), ("dog",), ("big", "dog")]
SIZE = len(ENTRIES)
MODEL = EntryLM.from_arpa(estimate(TEXT, 3), ENTRIES)
NONE = torch.empty(0, dtype=torch.long)
# A beam that nothing falls out of.
WHOLE = ReorderingConfig(candidates=2, beam=600, window=2, insertions=1)
Text = tuple[tuple[int, int], ...]


def draw(batch: int, length: int, seed: int) -> Tensor:
    return torch.randn(batch, length, SIZE, generator=torch.Generator().manual_seed(seed))


def search(scores: Tensor, mask: Tensor, insertable: Tensor, config: ReorderingConfig) -> Reordered:
    return reorder(Heard.of(scores, mask, config), MODEL, insertable, config)


def readings(length: int, window: int) -> Iterator[tuple[int, ...]]:
    """The orders in which segments may be read; those that are left out are silent."""
    for number in range(length + 1):
        for order in itertools.permutations(range(length), number):
            if all(place <= min(order[k:]) + window for k, place in enumerate(order)):
                yield order


def brute_force(scores: Tensor, insertable: list[int], config: ReorderingConfig) -> dict[Text, float]:
    """Every text, as pairs of entry and segment, and its score from the formula."""
    length = len(scores)
    likely = (scores[:, 1:].topk(config.candidates, dim=1).indices + 1).tolist()
    silence = scores[:, 0].clamp(min=-config.deletion)
    between = [
        some
        for number in range(config.insertions + 1)
        for some in itertools.product(insertable, repeat=number)
    ]
    found: dict[Text, float] = {}
    for order in readings(length, config.window):
        jumps = sum(abs(place - before - 1) for before, place in itertools.pairwise((-1, *order)))
        quiet = sum(float(silence[k]) for k in range(length) if k not in order)
        for words in itertools.product(*(likely[place] for place in order)):
            heard = sum(float(scores[p, w]) for p, w in zip(order, words, strict=True))
            for put in itertools.product(between, repeat=len(order)):
                text: list[tuple[int, int]] = []
                for some, place, word in zip(put, order, words, strict=True):
                    text += [(other, UNHEARD) for other in some] + [(word, place)]
                ids = torch.tensor([[word for word, _ in text]], dtype=torch.long)
                cost = config.distortion * jumps + config.insertion * sum(map(len, put))
                total = heard + quiet - cost + float(MODEL.score(ids, torch.tensor([len(text)])))
                found[tuple(text)] = total
    return found


def as_text(found: Reordered, row: int, rank: int) -> Text:
    pairs = zip(found.texts[row, rank].tolist(), found.sources[row, rank].tolist(), strict=True)
    return tuple((word, place) for word, place in pairs if word)


@settings(max_examples=20)
@given(
    length=st.integers(1, 3), window=st.integers(0, 2), weight=st.floats(0.1, 3), seed=st.integers(0, 1000)
)
def test_a_beam_that_holds_everything_finds_every_text_with_its_score(length, window, weight, seed):
    scores = weight * draw(1, length, seed)
    config = replace(WHOLE, window=window, distortion=0.4, insertion=0.7, deletion=1.1)
    found = search(scores, torch.ones(1, length, dtype=torch.bool), torch.tensor([1]), config)
    expected = brute_force(scores[0], [1], config)
    ranks = [k for k in range(config.beam) if found.scores[0, k] > float("-inf")]
    texts = [as_text(found, 0, k) for k in ranks]
    assert len(set(texts)) == len(texts)
    assert set(texts) == set(expected)
    torch.testing.assert_close(
        found.scores[0, ranks], torch.tensor([expected[text] for text in texts]), atol=1e-4, rtol=1e-4
    )
    assert (found.scores[0].diff()[: len(ranks) - 1] <= 0).all()


@settings(max_examples=12)
@given(
    lengths=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    beam=st.integers(4, 40),
    seed=st.integers(0, 1000),
)
def test_without_a_window_and_insertions_it_is_the_beam_in_the_order_of_speech(lengths, beam, seed):
    """The plain beam hopes for nothing; where both hold everything they agree."""
    longest = max(lengths)
    scores = draw(len(lengths), longest, seed)
    mask = torch.arange(longest) < torch.tensor(lengths)[:, None]
    config = ReorderingConfig(candidates=SIZE - 1, beam=SIZE**longest, window=0, insertions=0, deletion=99.0)
    config = replace(config, distortion=0.0)
    plain, found = beam_search(scores, mask, MODEL, SIZE**longest), search(scores, mask, NONE, config)
    for row, length in enumerate(lengths):
        torch.testing.assert_close(
            found.scores[row, : SIZE**length], plain.scores[row, : SIZE**length], atol=1e-4, rtol=1e-4
        )
    assert torch.equal(found.entries[:, 0], plain.entries[:, 0])


@settings(max_examples=30)
@given(beam=st.integers(1, 12), seed=st.integers(0, 1000))
def test_in_a_narrow_beam_too_scores_are_those_of_the_texts(beam, seed):
    config = ReorderingConfig(candidates=2, beam=beam, window=3)
    scores, mask = draw(3, 6, seed), torch.ones(3, 6, dtype=torch.bool)
    found = search(scores, mask, torch.tensor([1]), config)
    for row in range(3):
        text = as_text(found, row, 0)
        read = [place for _, place in text if place != UNHEARD]
        heard = sum(float(scores[row, place, word]) for word, place in text if place != UNHEARD)
        quiet = sum(max(float(scores[row, k, 0]), -config.deletion) for k in range(6) if k not in read)
        jumps = sum(abs(place - before - 1) for before, place in itertools.pairwise([-1, *read]))
        inserted = sum(place == UNHEARD for _, place in text)
        ids = torch.tensor([[word for word, _ in text]], dtype=torch.long)
        total = heard + quiet + float(MODEL.score(ids, torch.tensor([len(text)])))
        total -= config.distortion * jumps + config.insertion * inserted
        assert float(found.scores[row, 0]) == pytest.approx(total, abs=1e-3)
        yielded = {place: word for word, place in text if place != UNHEARD}
        assert found.entries[row, 0].tolist() == [yielded.get(k, 0) for k in range(6)]


def test_utterances_do_not_influence_each_other():
    scores = draw(3, 5, seed=1)
    mask = torch.arange(5) < torch.tensor([5, 2, 3])[:, None]
    config = ReorderingConfig(candidates=3, beam=6)
    together = search(scores, mask, torch.tensor([1, 2]), config)
    for row in range(3):
        alone = search(scores[row : row + 1], mask[row : row + 1], torch.tensor([1, 2]), config)
        assert as_text(alone, 0, 0) == as_text(together, row, 0)
        torch.testing.assert_close(alone.scores[0], together.scores[row])


def test_posteriors_are_by_segment():
    scores, mask = draw(2, 4, seed=3), torch.ones(2, 4, dtype=torch.bool)
    found = search(scores, mask, torch.tensor([1]), ReorderingConfig(candidates=2, beam=8))
    torch.testing.assert_close(found.posteriors(SIZE).sum(dim=2), torch.ones(2, 4))


@pytest.mark.parametrize("changes", [{"window": 17}, {"window": -1}, {"beam": 0}, {"insertions": -1}])
def test_impossible_settings_are_refused(changes):
    with pytest.raises(UsageError):
        ReorderingConfig(**changes)


ADJECTIVES, NOUNS = ["big", "red", "small", "old"], ["dog", "cat", "tree", "house", "boat"]
VERBS, PLACES = ["sitting", "running", "sleeping"], ["under", "behind", "beside"]


def sentence(generator: torch.Generator) -> tuple[list[str], list[str]]:
    """An English sentence, and its words as a language with its verb last would have them, without articles."""

    def one_of(words: list[str]) -> str:
        return words[int(torch.randint(len(words), (), generator=generator))]

    first, second = ([one_of(ADJECTIVES), one_of(NOUNS)] for _ in range(2))
    place, verb = one_of(PLACES), one_of(VERBS)
    return ["a", *first, "is", verb, place, "a", *second], [*first, *second, place, verb]


def test_a_hidden_order_is_undone():
    generator = torch.Generator().manual_seed(0)
    captions = [sentence(generator)[0] for _ in range(2000)]
    words = sorted({word for caption in captions for word in caption})
    model = EntryLM.from_arpa(estimate(captions, 4), [(), *[(word,) for word in words]])
    index = {word: number for number, word in enumerate(words, start=1)}
    spoken = [sentence(generator) for _ in range(40)]
    scores = torch.full((40, 6, len(words) + 1), -12.0)
    for row, (_, heard) in enumerate(spoken):
        scores[row, torch.arange(6), [index[word] for word in heard]] = 0.0
    insertable = torch.tensor([index["a"], index["is"]])
    heard = Heard.of(scores, torch.ones(40, 6, dtype=torch.bool), ReorderingConfig())
    found = reorder(heard, model, insertable, ReorderingConfig())
    names = ["", *words]
    texts = [[names[entry] for entry in row if entry] for row in found.texts[:, 0].tolist()]

    def bigrams(pairs: list[tuple[list[str], list[str]]]) -> float:
        """Share of the English bigrams that are written."""
        shares = [len({*itertools.pairwise(a)} & {*itertools.pairwise(b)}) / (len(a) - 1) for a, b in pairs]
        return sum(shares) / len(shares)

    english = [text for text, _ in spoken]
    before = bigrams(list(zip(english, [heard for _, heard in spoken], strict=True)))
    after = bigrams(list(zip(english, texts, strict=True)))
    assert before < 0.3
    assert after > 0.8
