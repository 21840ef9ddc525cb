"""Hits are counted as their definitions say; a model that always says the same is no better than chance."""

import json
from pathlib import Path

import numpy as np
import pytest

from unsup_asr.data.manifest import Utterance, Word
from unsup_asr.errors import InputError
from unsup_asr.evaluation.keyword_hits import keyword_hits, read_hits, write_hits
from unsup_asr.evaluation.keywords import Detokenised, DetokenisedKeyword, Neighbour, Place

CAPTIONS = ["a white dog runs in snow", "two cats sleep", "a boy is skateboarding", "the white house"]


def keyword(*words: str, place: tuple[float, float] | None = None) -> DetokenisedKeyword:
    neighbours = tuple(Neighbour(f"{word}</w>", 1 - 0.1 * k) for k, word in enumerate(words))
    return DetokenisedKeyword(neighbours, None if place is None else Place(*place))


def utterance(number: int, text: str, timed: bool = False, **fields) -> Utterance:
    """Words last half a second each."""
    words = tuple(Word(word, k / 2, (k + 1) / 2) for k, word in enumerate(text.split())) if timed else ()
    fields = {"image_id": f"picture {number}", "words": words, **fields}
    return Utterance(f"u{number}", Path("speech.wav"), 4.0, "en", text=text, **fields)


def spoken(*texts: str, **fields) -> list[Utterance]:
    return [utterance(number, text, **fields) for number, text in enumerate(texts)]


def said(utterances: list[Utterance], *keywords: list[DetokenisedKeyword]) -> list[Detokenised]:
    pairs = zip(utterances, keywords, strict=True)
    return [Detokenised(u.id, u.text, tuple(row)) for u, row in pairs]


def test_as_published_any_neighbour_anywhere_hits(tokenizer):
    utterances = spoken(*CAPTIONS[:2])
    rows = said(
        utterances,
        [keyword("puppy", "dog"), keyword("the", "a"), keyword("tree", "house")],
        [keyword("car", "bus"), keyword("cats", "a"), keyword("a", "two")],
    )
    hits = keyword_hits(rows, utterances, tokenizer)
    assert hits.by_position == (50.0, 100.0, 50.0)
    assert hits.published == pytest.approx(200 / 3)
    assert (hits.neighbours, hits.keywords, hits.utterances) == (2, 6, 2)


def test_the_published_rate_is_that_of_its_definition(tokenizer):
    """Ids of the nearest tokens and of the caption as sets, keyword by keyword."""
    generator = np.random.default_rng(0)
    words = sorted({word for caption in CAPTIONS for word in caption.split()} - {"skateboarding"})
    utterances = spoken(*(CAPTIONS * 10))
    rows = said(utterances, *([keyword(*generator.choice(words, 5)) for _ in range(8)] for _ in utterances))
    hits = np.zeros(8)
    for row in rows:
        gold = set(tokenizer.encode(row.gold))
        for k, found in enumerate(row.keywords):
            hits[k] += bool({tokenizer.encoder[n.token] for n in found.neighbours} & gold)
    rate = 100 * hits / len(rows)
    scores = keyword_hits(rows, utterances, tokenizer)
    assert scores.by_position == pytest.approx(tuple(rate))
    assert scores.published == pytest.approx(rate.mean())


def test_only_the_best_token_and_only_content_words_are_right(tokenizer):
    utterances = spoken(CAPTIONS[0], CAPTIONS[2])
    rows = said(
        utterances,
        [keyword("dog", "cat"), keyword("cat", "dog"), keyword("a", "in"), keyword("dog")],
        # A word of two pieces cannot be said with one token; its first piece is none of the caption's words.
        [
            DetokenisedKeyword((Neighbour("skateboar", 1.0),)),
            keyword("boy"),
            keyword("the"),
            keyword("skate"),
        ],
    )
    hits = keyword_hits(rows, utterances, tokenizer)
    assert hits.right == pytest.approx(100 * 3 / 8)
    # dog and boy, of: white, dog, runs, snow; boy, skateboarding.
    assert hits.recall == pytest.approx(100 * 2 / 6)
    assert hits.placed == 0 and hits.best_tokens == 7


def test_where_times_are_known_the_word_must_be_spoken_there(tokenizer):
    utterances = spoken(CAPTIONS[0], timed=True)
    places = {"there": (1.1, 1.2), "about": (0.2, 1.4), "elsewhere": (2.0, 2.5), "a point": (1.25, 1.25)}
    rows = said(utterances, [keyword("dog", place=place) for place in places.values()] + [keyword("dog")])
    hits = keyword_hits(rows, utterances, tokenizer)
    assert hits.right == pytest.approx(100 * 4 / 5)
    assert hits.placed == pytest.approx(100 * 4 / 5)
    foreign = spoken("ek safed kutta", timed=True, translations=(CAPTIONS[0],))
    rows = [Detokenised("u0", CAPTIONS[0], (keyword("dog", place=places["elsewhere"]),))]
    hits = keyword_hits(rows, foreign, tokenizer)
    assert (hits.right, hits.placed) == (100, 0)


def test_a_constant_output_is_no_better_than_chance(tokenizer):
    utterances = spoken(*(CAPTIONS * 20))
    utterances = [utterance(n, u.text) for n, u in enumerate(utterances)]
    constant = keyword_hits(
        said(utterances, *([keyword("white", "a")] for _ in utterances)), utterances, tokenizer
    )
    assert constant.published == 75 and constant.right == 50
    assert constant.published_chance == pytest.approx(75, abs=7)
    assert constant.right_chance == pytest.approx(50, abs=7)
    assert constant.best_tokens == 1
    first = {"a": "dog", "two": "cats", "the": "house"}
    good = [[keyword(first[u.text.split()[0]] if "boy" not in u.text else "boy")] for u in utterances]
    hits = keyword_hits(said(utterances, *good), utterances, tokenizer)
    assert hits.right == 100 and hits.right_chance == pytest.approx(25, abs=7)


def test_other_utterances_of_the_same_picture_are_no_chance(tokenizer):
    utterances = [utterance(n, CAPTIONS[0], image_id="one") for n in range(4)]
    rows = said(utterances, *([keyword("dog")] for _ in utterances))
    hits = keyword_hits(rows, utterances, tokenizer)
    assert (hits.published_chance, hits.right_chance) == (None, None)


def test_utterances_may_have_few_keywords_or_none(tokenizer):
    utterances = spoken(*CAPTIONS)
    rows = said(utterances, [keyword("dog"), keyword("a")], [], [keyword("a")], [keyword("dog")])
    hits = keyword_hits(rows, utterances, tokenizer)
    assert hits.by_position == (pytest.approx(200 / 3), 100)
    assert hits.published == 75 and hits.right == 25


def test_captions_without_content_have_no_recall(tokenizer):
    utterances = spoken("it is in the")
    assert keyword_hits(said(utterances, [keyword("dog")]), utterances, tokenizer).recall is None


def test_utterances_without_a_caption_or_keywords_are_left_out(tokenizer, tmp_path):
    utterances = spoken(CAPTIONS[0], "", "?")
    hits = keyword_hits(said(utterances, *([keyword("dog")] for _ in utterances)), utterances, tokenizer)
    assert (hits.utterances, hits.keywords, hits.right) == (1, 1, 100)
    for rows in (said(utterances, [], [keyword("dog")], []), said(utterances, [], [], [])):
        assert keyword_hits(rows, utterances, tokenizer) is None
    write_hits(tmp_path / "hits.json", None)
    assert not (tmp_path / "hits.json").exists()


def test_other_utterances_are_refused(tokenizer):
    utterances = spoken(*CAPTIONS)
    with pytest.raises(InputError, match="keywords and utterances differ"):
        keyword_hits([], utterances, tokenizer)


def test_they_are_read_as_they_were_written(tokenizer, tmp_path):
    utterances = spoken(*CAPTIONS)
    hits = keyword_hits(said(utterances, *([keyword("dog")] for _ in utterances)), utterances, tokenizer)
    path = tmp_path / "hits.json"
    write_hits(path, hits)
    assert read_hits(path) == hits
    assert json.loads(path.read_text())["by_position"] == [25.0]
    for text in ("[]", "{", '{"by_position": [1]}'):
        path.write_text(text)
        with pytest.raises(InputError, match=r"hits\.json: holds no keyword hits"):
            read_hits(path)
