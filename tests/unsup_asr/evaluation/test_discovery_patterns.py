"""Word discovery on the seed's own examples, with meanings planted by topic, and on properties."""

import zlib

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import normalize

from unsup_asr.evaluation.discovery_patterns import Discovery, Pattern, discover, largest_by_chance
from unsup_asr.evaluation.word_similarity import WordSimilarity
from unsup_asr.evaluation.words import Pairs, discovery_scores

TOPICS = [
    "bathroom toothbrush sink toilet mirror",
    "baseball player bat batter pitcher",
    "elephants cattle cows zebras giraffes",
    "street train traffic intersection cars truck",
    "meat food plate sandwich vegetables",
    "soccer tennis court frisbee racket",
    "woman men women girls guy players",
    "skis snow skier skiing ski snowy",
    "rock forest mountain tree",
    "dark seen night visible",
    "kitchen stove oven fridge",
    "skateboard ramp skater trick",
    "benches bench park seat",
    "white green red blue",
    "next front various",
    "appears looks seems",
    "following behind after",
    "together glass wine",
]
TOPIC_OF = {word: topic for topic, words in enumerate(TOPICS) for word in words.split()}
DEFAULT = (
    "a on the has white in his and at with is their its up to from that green next front various one some"
)


def to(label: str, words: str) -> list[str]:
    return [f"{word}→{label}" for word in words.split()]


SEED = {
    Pattern.PERFECT: [
        "bathroom→bathroom",
        "kitchen→kitchen",
        "skateboard→skateboard",
        "vegetables→vegetables",
    ],
    Pattern.RELATED: ["elephants→cattle", "dark→seen", "rock→forest"],
    Pattern.BUCKET: [
        *to("cars", "street train traffic intersection"),
        *to("food", "meat plate sandwich"),
        *to("frisbee", "soccer tennis court"),
        *to("players", "woman men women girls guy"),
        *to("skiing", "skis snow skier ski"),
    ],
    Pattern.DEFAULT: to("into", DEFAULT),
    Pattern.UNEXPECTED: [
        *("benches→appears", "snowy→following", "glass→appears"),
        *to("toothbrush", "player baseball bat batter"),
    ],
}


def embed(words: list[str]) -> Tensor:
    """A direction for each topic and, much weaker, one for each word, all on one side as CLIP's texts are."""
    rows = []
    for word in words:
        rng = np.random.default_rng(zlib.crc32(word.encode()))
        topic = np.random.default_rng(TOPIC_OF.get(word, zlib.crc32(word.encode()))).standard_normal(64)
        rows.append(3 + topic + 0.3 * rng.standard_normal(64))
    return normalize(torch.from_numpy(np.array(rows)).float(), dim=-1)


@pytest.fixture(scope="module")
def similarity() -> WordSimilarity:
    return WordSimilarity.of_captions(embed, [topic.split() for topic in TOPICS])


def analyse(examples: list[str], similarity: WordSimilarity) -> Discovery:
    """Each `word→label` said ten times, nine of them with that label."""
    words, labels = [], []
    for example in examples:
        word, label = example.split("→")
        words += 10 * [word]
        labels += [*(9 * [label]), "other"]
    return discover(Pairs(words, labels), similarity)


def test_the_seeds_examples_get_the_seeds_patterns(similarity):
    discovery = analyse([example for examples in SEED.values() for example in examples], similarity)
    found = {p: {f"{w.word}→{w.label}" for w in discovery.of(p)} for p in Pattern}
    assert found == {pattern: set(examples) for pattern, examples in SEED.items()}
    assert sum(discovery.share(pattern) for pattern in Pattern) == pytest.approx(100)
    assert discovery.scores.recognition_score == pytest.approx(90)


def test_a_bucket_shows_the_word_that_is_labelled_right(similarity):
    discovery = analyse(["food→food", "meat→food", "plate→food"], similarity)
    assert {word.word: word.pattern for word in discovery.sharing("food")} == {
        "food": Pattern.PERFECT,
        "meat": Pattern.BUCKET,
        "plate": Pattern.BUCKET,
    }


def test_two_words_are_no_bucket(similarity):
    discovery = analyse(["meat→food", "street→food"], similarity)
    assert [word.pattern for word in discovery.words] == [Pattern.RELATED, Pattern.UNEXPECTED]


def test_words_of_nine_occurrences_are_left_out(similarity):
    discovery = discover(Pairs(["dog"] * 9 + ["cat"] * 10, ["dog"] * 19), similarity)
    assert [(word.word, word.occurrences, word.share) for word in discovery.words] == [("cat", 10, 100)]


def test_a_segment_that_yields_nothing_is_no_word(similarity):
    [word] = discover(Pairs(["food"] * 10, [""] * 10), similarity).words
    assert (word.label, word.similarity, word.pattern) == ("", None, Pattern.UNEXPECTED)


def test_nothing_to_analyse(similarity):
    discovery = discover(Pairs([], []), similarity)
    assert discovery.words == () and discovery.share(Pattern.PERFECT) is None


@given(st.lists(st.tuples(st.sampled_from(sorted(TOPIC_OF)[:6]), st.sampled_from(["food", "into", ""]))))
def test_scores_are_those_of_word_discovery_and_the_order_of_pairs_does_not_matter(pairs):
    similarity = WordSimilarity.of_captions(embed, [TOPICS])
    words, labels = [w for w, _ in pairs], [label for _, label in pairs]
    discovery = discover(Pairs(words, labels), similarity)
    assert discovery.scores == discovery_scores(words, labels)
    assert discover(Pairs(words[::-1], labels[::-1]), similarity).words == discovery.words


def test_a_constant_output_is_a_default(similarity):
    discovery = analyse([f"{word}→bathroom" for word in TOPIC_OF], similarity)
    assert {word.pattern for word in discovery.words if word.word != "bathroom"} == {Pattern.DEFAULT}


@pytest.mark.parametrize("types", [10, 60, 500])
def test_chance_is_that_of_drawn_labels(types):
    draws = np.random.default_rng(0).multinomial(types, np.full(types, 1 / types), size=2000)
    largest, limit = draws.max(axis=1), largest_by_chance(types)
    assert np.mean(largest < limit) < 0.95 <= np.mean(largest <= limit)


def test_no_types_no_chance():
    assert largest_by_chance(0) == 0
