"""Captions as wav2vec-U's text."""

from pathlib import Path

import pytest

from lm.kenlm_model import KenLM
from unsup_asr.corpora.wav2vec_u.binarised import read_binarised
from unsup_asr.corpora.wav2vec_u.phones import read_lexicon
from unsup_asr.corpora.wav2vec_u.symbols import SILENCE, read_symbols
from unsup_asr.corpora.wav2vec_u.text import TextConfig, write_captions
from unsup_asr.errors import InputError, UsageError

CAPTIONS = [["a", "dog", "sees", "a", "cat"], ["the", "cat", "sees", "the", "dog"]]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_captions(CAPTIONS, TextConfig(silence=0.5, order=2), tmp_path)
    return tmp_path


def test_the_captions_are_there_as_phones(written: Path) -> None:
    symbols = read_symbols(written / "phones" / "dict.txt")
    assert symbols == read_symbols(written / "phones" / "dict.phn.txt")
    assert (symbols.names[-1], symbols.counts[-1]) == (SILENCE, 0)
    sentences = read_binarised(written / "phones", "train", symbols)
    plain = (written / "phones" / "lm.phones.filtered.txt").read_text().splitlines()
    assert [" ".join(sentence) for sentence in sentences] == plain
    lexicon = read_lexicon(written / "lexicon_filtered.lst")
    said = [[phone for phone in sentence if phone != SILENCE] for sentence in sentences]
    assert said == [[phone for word in words for phone in lexicon[word]] for words in CAPTIONS]


def test_kenlm_scores_the_phones(written: Path) -> None:
    model = KenLM(written / "phones" / "lm.phones.filtered.02.arpa")
    heard = [
        line.split() for line in (written / "phones" / "lm.phones.filtered.txt").read_text().splitlines()
    ]
    figures = model.evaluate(heard)
    assert figures.unknown == 0
    # Of 17 symbols, most have one or two that follow them.
    assert figures.perplexity < 5


def test_captions_that_nobody_can_say_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no caption can be pronounced"):
        write_captions([["\u200b"]], TextConfig(), tmp_path)


@pytest.mark.parametrize("silence", [-0.1, 1.5])
def test_silence_is_a_probability(silence: float) -> None:
    with pytest.raises(UsageError, match="is no probability"):
        TextConfig(silence=silence)
