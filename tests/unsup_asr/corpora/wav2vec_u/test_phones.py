"""Words as phones."""

from pathlib import Path

import pytest

from unsup_asr.corpora.wav2vec_u.phones import pronounce, read_lexicon, with_silence, write_lexicon
from unsup_asr.corpora.wav2vec_u.symbols import SILENCE
from unsup_asr.errors import InputError

LEXICON = {"a": ("eI",), "cat": ("k", "a", "t"), "sat": ("s", "a", "t")}


def test_words_are_pronounced_alone_without_stress_or_marks() -> None:
    words = ["cat", "a", "above", "cat", "राम"]
    # espeak-ng sets (hi) and (en-us) around the last.
    expected = {"a": ("eI",), "cat": ("k", "a", "t"), "above": ("@", "b", "V", "v"), "राम": ("r", "a:", "m")}
    assert pronounce(words) == expected


def test_many_words_are_pronounced_in_batches() -> None:
    words = [
        first + second for first in "bdkmnpst" for second in ("at", "in", "op", "un", "ell", "ake", "eem")
    ]
    assert list(pronounce(words)) == sorted(words)


def test_silence_stands_around_and_between_all_words() -> None:
    said = list(with_silence([("a", "cat"), ("sat",)], LEXICON, 1.0, seed=0))
    assert said == [
        (SILENCE, "eI", SILENCE, "k", "a", "t", SILENCE),
        (SILENCE, "s", "a", "t", SILENCE),
    ]


def test_silence_between_words_is_as_probable_as_asked() -> None:
    said = list(with_silence([("a",) * 21] * 500, LEXICON, 0.25, seed=0))
    silent = sum(phones[1:-1].count(SILENCE) for phones in said)
    # 10,000 gaps: four deviations are 0.017.
    assert silent / 10_000 == pytest.approx(0.25, abs=0.017)
    assert said == list(with_silence([("a",) * 21] * 500, LEXICON, 0.25, seed=0))


def test_a_sentence_with_an_unknown_word_is_left_out() -> None:
    said = list(with_silence([("a", "dog"), ("a",)], LEXICON, 0.0, seed=0))
    assert said == [(SILENCE, "eI", SILENCE)]


def test_a_lexicon_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_lexicon(tmp_path / "lexicon.lst", LEXICON)
    assert (tmp_path / "lexicon.lst").read_text().startswith("a\teI\ncat\tk a t\n")
    assert read_lexicon(tmp_path / "lexicon.lst") == LEXICON


@pytest.mark.parametrize(
    ("text", "fault"),
    [("a eI\ncat\n", ":2: 'cat' has no phones"), ("a eI\na @\n", ":2: 'a' stands there twice")],
)
def test_a_broken_lexicon_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "lexicon.lst"
    path.write_text(text)
    with pytest.raises(InputError, match=fault):
        read_lexicon(path)
