"""Text as fairseq maps it into memory."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.corpora.wav2vec_u.binarised import read_binarised, write_binarised
from unsup_asr.corpora.wav2vec_u.symbols import Symbols
from unsup_asr.errors import InputError

PHONES = Symbols(("t", "i:", "<SIL>"), (2, 1, 0))
SENTENCES = [("<SIL>", "t", "i:"), ("t",)]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_binarised(tmp_path, "train", SENTENCES, PHONES)
    return tmp_path


@given(st.lists(st.lists(st.sampled_from(PHONES.names)).map(tuple)))
def test_sentences_are_read_as_they_were_written(tmp_path_factory, sentences: list[tuple[str, ...]]) -> None:
    folder = tmp_path_factory.mktemp("text")
    write_binarised(folder, "train", sentences, PHONES)
    assert read_binarised(folder, "train", PHONES) == sentences


def test_the_bytes_are_those_of_the_format(written: Path) -> None:
    """Spelled out: two-byte numbers, of which 2 ends a sentence; lengths; places."""
    assert np.fromfile(written / "train.bin", "<u2").tolist() == [6, 4, 5, 2, 4, 2]
    index = (written / "train.idx").read_bytes()
    assert index[:9] == b"MMIDIDX\0\0"
    assert np.frombuffer(index[9:17], "<u8").item() == 1
    assert index[17] == 8
    assert np.frombuffer(index[18:26], "<u8").item() == 2
    assert np.frombuffer(index[26:34], "<i4").tolist() == [4, 2]
    assert np.frombuffer(index[34:], "<i8").tolist() == [0, 8]


def test_many_symbols_take_four_bytes(tmp_path: Path) -> None:
    many = Symbols(tuple(map(str, range(70_000))), (1,) * 70_000)
    write_binarised(tmp_path, "train", [("69999", "0")], many)
    assert (tmp_path / "train.bin").stat().st_size == 3 * 4
    assert read_binarised(tmp_path, "train", many) == [("69999", "0")]


def test_an_unknown_symbol_is_named_with_its_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="sentence 2: symbol 'x'"):
        write_binarised(tmp_path, "train", [("t",), ("t", "x")], PHONES)
    assert not list(tmp_path.iterdir())


def test_a_missing_file_is_named(written: Path) -> None:
    (written / "train.bin").unlink()
    with pytest.raises(InputError, match=r"train.bin: is missing"):
        read_binarised(written, "train", PHONES)


def test_a_text_cut_short_is_refused(written: Path) -> None:
    path = written / "train.bin"
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(InputError, match=r"train.bin: holds 10 bytes, its index promises 12"):
        read_binarised(written, "train", PHONES)


def test_an_index_cut_short_is_refused(written: Path) -> None:
    path = written / "train.idx"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"train.idx: holds 49 bytes, 2 sentences need 50"):
        read_binarised(written, "train", PHONES)


@pytest.mark.parametrize("head", [b"", b"TNTIDX\0\0", b"MMIDIDX\0\0" + bytes(40)])
def test_another_format_is_refused(written: Path, head: bytes) -> None:
    (written / "train.idx").write_bytes(head)
    with pytest.raises(InputError, match="is no index"):
        read_binarised(written, "train", PHONES)


def test_another_dictionary_is_refused(written: Path) -> None:
    with pytest.raises(InputError, match="holds symbol 6, the dictionary ends at 5"):
        read_binarised(written, "train", Symbols(("t", "i:"), (2, 1)))
