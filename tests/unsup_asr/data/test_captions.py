"""Captions: words without case and punctuation, read from UTF-8 text."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unsup_asr.data.captions import normalise, read_captions
from unsup_asr.errors import InputError

FLICKR = Path(__file__).resolve().parents[3] / "../shared/data/flickr8k_text/Flickr8k.token.txt"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A man's dog, isn’t it?", "a man's dog isn't it"),
        ("'Two' T-shirts — 3 of them!", "two t shirts 3 of them"),
        ("the dogs' ball", "the dogs ball"),
        ("  Tabs\tand\u00a0spaces ", "tabs and spaces"),
        ("Café naïve", "café naïve"),
        ("Cafe\u0301", "café"),
        ("हिन्दी बोली।", "हिन्दी बोली"),
        ("...", ""),
        ("snake_case", "snake case"),
    ],
)
def test_planted_texts(text: str, words: str) -> None:
    assert normalise(text) == words.split()


@settings(deadline=None)
@given(st.text())
def test_normalising_again_changes_nothing(text: str) -> None:
    words = normalise(text)
    assert normalise(" ".join(words)) == words


def test_captions_keep_order_and_empty_lines_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_text("A dog.\n\n…\r\nTwo CATS\n", encoding="utf-8")
    assert read_captions(tmp_path / "c.txt") == [["a", "dog"], ["two", "cats"]]


def test_another_encoding_names_line_guess_and_remedy(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_bytes("a dog\na café\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"c\.txt:2: not UTF-8.*WINDOWS-1252.*iconv"):
        read_captions(tmp_path / "c.txt")


def test_a_file_without_a_caption_is_refused(tmp_path: Path) -> None:
    (tmp_path / "c.txt").write_text("\n--\n")
    with pytest.raises(InputError, match="holds no caption"):
        read_captions(tmp_path / "c.txt")


@pytest.mark.skipif(not FLICKR.exists(), reason="needs the captions of Flickr8k in shared/data")
def test_real_captions_come_out_as_plain_words(tmp_path: Path) -> None:
    lines = [line.split("\t")[1] for line in FLICKR.read_text(encoding="utf-8").splitlines()[:5000]]
    (tmp_path / "c.txt").write_text("\n".join(lines), encoding="utf-8")
    words = {word for caption in read_captions(tmp_path / "c.txt") for word in caption}
    assert len(words) > 3000
    assert all(word.replace("'", "").isalnum() and word == word.lower() for word in words)
