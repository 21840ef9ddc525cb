"""Captions of pictures that are not spoken of."""

from pathlib import Path

import pytest

from unsup_asr.corpora.published.text_side import english, text_side
from unsup_asr.data.manifest import Utterance
from unsup_asr.errors import InputError, UsageError


def utterance(id: str, lang: str = "en", text: str | None = None, *translations: str) -> Utterance:
    picture = id.partition("-")[0]
    return Utterance(id, Path("a.wav"), 0.0, lang, image_id=picture, text=text, translations=translations)


HINDI = [
    utterance(f"p{n}-{k}", "hi", f"नाव {n}", f"boat {n}", f"ship {n}") for n in range(30) for k in range(2)
]


def test_english_is_what_is_said_in_english_and_translations():
    assert english(utterance("a", "en", "a boat")) == ("a boat",)
    assert english(utterance("a", "hi", "नाव", "a boat", "a ship")) == ("a boat", "a ship")
    assert english(utterance("a")) == ()


def test_pictures_lend_their_translations_once_and_their_speech_no_more():
    side = text_side({"train": HINDI, "test": [utterance("t-0", "hi", None, "tea")]}, 0.5, None)
    heard = {u.picture for u in side.train}
    lent = {u.picture for u in HINDI} - heard
    assert lent and heard
    assert side.captions == [
        f"{word} {p[1:]}" for p in sorted(lent, key=lambda p: int(p[1:])) for word in ("boat", "ship")
    ]
    assert {each.id for each in side.left_out} == {u.id for u in HINDI if u.picture in lent}
    assert not any(each.broken for each in side.left_out)


def test_pictures_without_english_stay():
    silent = [utterance(f"p{n}-0") for n in range(20)]
    side = text_side({"train": silent}, 0.9, None)
    assert (list(side.train), side.captions, side.source) == (silent, [], "none")


def test_without_training_there_is_nothing_to_lend():
    assert text_side({"test": HINDI}, 0.5, None).captions == []


def test_a_file_lends_what_nobody_says(tmp_path):
    (path := tmp_path / "more.txt").write_text("Boat 3!\nA house.\n\nnext\n")
    side = text_side({"train": HINDI}, 0.5, path)
    assert (side.captions, side.source) == (["a house", "next"], "the file more.txt")
    assert list(side.train) == HINDI
    assert [(each.id, each.reason) for each in side.left_out] == [
        ("more.txt: boat 3", "caption is said in the corpus")
    ]


def test_what_cannot_be_is_refused(tmp_path):
    with pytest.raises(UsageError, match="text share of 1"):
        text_side({"train": HINDI}, 1.0, None)
    with pytest.raises(InputError, match="cannot be read"):
        text_side({"train": HINDI}, 0.5, tmp_path / "none.txt")
