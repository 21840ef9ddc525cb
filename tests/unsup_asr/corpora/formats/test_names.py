"""Names for other tools."""

from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.corpora.formats.names import Ids, Names, in_file_name


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=300), max_size=20))
def test_names_differ_and_fit_a_file_system(texts: list[str]) -> None:
    names = Names(in_file_name)
    given_ = [names.new(text) for text in texts]
    assert len(set(given_)) == len(texts)
    for name in given_:
        assert 0 < len(name.encode()) < 240
        assert not set(name) & set("./\\\n\0 ")


def test_names_resemble_their_texts() -> None:
    names = Names(in_file_name)
    assert [names.new(text) for text in ("नमस्ते", "a.b", "a/b", "a b", "")] == [
        "नमस्ते",
        "a_b",
        "a_b_2",
        "a_b_3",
        "_",
    ]


def test_the_same_name_a_hundred_thousand_times_takes_no_quadratic_time() -> None:
    ids = Ids()
    given_ = [ids.new(None, "audio") for _ in range(100_000)]
    assert given_[:3] == ["audio", "audio_2", "audio_3"]
    assert len(set(given_)) == 100_000


def test_an_id_that_is_told_stays_or_is_none() -> None:
    ids = Ids()
    assert [ids.new("a", "b"), ids.new("a", "b"), ids.new(None, "a"), ids.new("a_2", "b")] == [
        "a",
        None,
        "a_2",
        None,
    ]
