"""fairseq's dictionaries."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.corpora.wav2vec_u.symbols import SILENCE, SPECIAL, Symbols, read_symbols, write_symbols
from unsup_asr.errors import InputError

# What str.split leaves whole.
names = st.text(st.characters(codec="utf-8", exclude_categories=("Z", "C")), min_size=1, max_size=4)
distinct = st.lists(names, unique=True, max_size=20).map(lambda found: [n for n in found if n not in SPECIAL])


@given(distinct, st.data())
def test_a_dictionary_is_read_as_it_was_written(
    tmp_path_factory, found: list[str], data: st.DataObject
) -> None:
    counts = data.draw(st.lists(st.integers(0, 10**9), min_size=len(found), max_size=len(found)))
    symbols = Symbols(tuple(found), tuple(counts))
    path = tmp_path_factory.mktemp("dictionary") / "dict.txt"
    write_symbols(path, symbols)
    assert path.read_text().count("\n") == len(found)
    assert read_symbols(path) == symbols if found else True


@given(distinct.filter(len), st.data())
def test_numbers_are_symbols_again(found: list[str], data: st.DataObject) -> None:
    symbols = Symbols(tuple(found), (0,) * len(found))
    sentence = tuple(data.draw(st.lists(st.sampled_from(found))))
    assert symbols.decode(symbols.encode(sentence).tolist()) == sentence


def test_a_text_gives_its_symbols_by_frequency_and_silence_last() -> None:
    symbols = Symbols.of([("b", SILENCE, "a"), (SILENCE, "c", "b")])
    assert symbols == Symbols(("b", "a", "c", SILENCE), (2, 1, 1, 0))
    # fairseq numbers its own four first.
    assert symbols.encode(("b", SILENCE)).tolist() == [4, 7]


def test_an_unknown_symbol_is_named() -> None:
    with pytest.raises(InputError, match="symbol 'x' is none of the 2 of the dictionary"):
        Symbols(("a", "b"), (1, 1)).encode(("a", "x"))


@pytest.mark.parametrize("name", ["", " ", "a b", "\ta", "<pad>"])
def test_what_cannot_be_a_symbol_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="cannot be a symbol"):
        Symbols((name,), (1,))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a 1\nb\n", r"dict.txt:2: 'b' is not"),
        ("a 1\nb -1\n", r"dict.txt:2: 'b -1'"),
        ("a 1\na 2\n", "stands 2 times"),
    ],
)
def test_a_broken_dictionary_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "dict.txt"
    path.write_text(text)
    with pytest.raises(InputError, match=fault):
        read_symbols(path)
