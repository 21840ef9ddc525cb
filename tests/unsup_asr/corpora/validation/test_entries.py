"""Manifests line by line: what cannot be read is a finding with its line."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.corpora.validation.entries import Entry, read_entries, split_of
from unsup_asr.corpora.validation.faults import Fault, Finding
from unsup_asr.errors import InputError

GOOD = {"id": "a", "audio_filepath": "a.wav", "duration": 2.0, "lang": "en"}
KEYS = (
    "id",
    "audio_filepath",
    "duration",
    "lang",
    "offset",
    "image_id",
    "text",
    "words",
    "word",
    "start",
    "end",
)


def words(*times: tuple[float, float]) -> dict[str, object]:
    return {"words": [{"word": f"w{k}", "start": a, "end": b} for k, (a, b) in enumerate(times)]}


def read(tmp_path: Path, *lines: bytes) -> list[object]:
    (tmp_path / "train.jsonl").write_bytes(b"\n".join(lines))
    return list(read_entries(tmp_path / "train.jsonl"))


def row(**changes: object) -> bytes:
    return json.dumps({**GOOD, **changes}, ensure_ascii=False).encode()


def test_a_row_becomes_an_entry_without_its_words(tmp_path):
    (entry,) = read(tmp_path, b"\xef\xbb\xbf" + row(**words((0.0, 0.5), (0.5, 1.5))))
    assert isinstance(entry, Entry)
    assert (entry.line, entry.split, entry.words_end, entry.utterance.words) == (1, "train", 1.5, ())
    assert entry.utterance.audio_filepath == tmp_path / "a.wav"
    assert entry.place == "train.jsonl:1 (a)"


@pytest.mark.parametrize(
    ("line", "id", "detail"),
    [
        (b"{", None, "not valid JSON"),
        (row(text="HALF").replace(b"HALF", rb"\ud800"), "a", "half a character"),
        (row(id="HALF").replace(b"HALF", rb"\ud800"), None, "half a character"),
        (row(id="HALF", duration=0).replace(b"HALF", rb"\ud800"), None, "field 'duration' is 0"),
        (b"[]", None, "a JSON object is wanted"),
        (row()[:-1] + b', "text": "\xe9"}', None, "not UTF-8: byte 0xe9"),
        (row(duration="long"), "a", "field 'duration' is 'long'"),
        (row(duration=None), "a", "field 'duration' is missing"),
        (row(id=7), None, "field 'id' is 7"),
    ],
)
def test_a_line_that_is_no_row_is_found_and_the_next_is_read(tmp_path, line, id, detail):
    found, entry = read(tmp_path, b"", line, row(id="b"))[:2]
    assert (found.fault, found.line, found.id) == (Fault.ROW, 2, id)
    assert detail in found.detail
    assert entry.utterance.id == "b" and entry.line == 3


@pytest.mark.parametrize("times", [[(1.0, 2.5)], [(-0.1, 0.5)], [(0.5, 0.5)], [(1.0, 1.5), (0.5, 1.0)]])
def test_bad_word_times_are_found_and_the_rest_of_the_row_is_used(tmp_path, times):
    entry, found = read(tmp_path, row(**words(*times)))
    assert isinstance(entry, Entry)
    assert (found.fault, found.id) == (Fault.WORD_TIMES, "a")
    assert "word 'w" in found.detail


def test_bad_word_times_do_not_hide_that_the_row_is_none(tmp_path):
    (found,) = read(tmp_path, row(translations="one", **words((0.0, 9.0))))
    assert (found.fault, found.id) == (Fault.ROW, "a")


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=4,
)


@given(st.lists(st.dictionaries(st.sampled_from(KEYS), json_values).map(json.dumps) | st.text(), min_size=1))
def test_whatever_stands_in_a_line_it_is_an_entry_or_a_finding_that_can_be_written(tmp_path_factory, texts):
    lines = [" ".join(text.splitlines()).encode(errors="replace") or b"x" for text in texts]
    found = read(tmp_path_factory.mktemp("any"), *[line if line.strip() else b"x" for line in lines])
    assert {item.line for item in found} == set(range(1, len(lines) + 1))
    for item in found:
        json.dumps(item.row if isinstance(item, Finding) else item.place, ensure_ascii=False).encode()


def test_a_manifest_that_cannot_be_read_at_all_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"gone\.jsonl: cannot be read: No such file"):
        list(read_entries(tmp_path / "gone.jsonl"))
    with pytest.raises(InputError, match=r"train\.jsonl: holds no utterance"):
        read(tmp_path, b"", b"  ")


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train.jsonl", "train"),
        ("train_hi.jsonl", "train"),
        ("dev-clean.jsonl", "validation"),
        ("val.jsonl", "validation"),
        ("validation.jsonl", "validation"),
        ("test_seen.jsonl", "test"),
        ("testing.jsonl", "testing.jsonl"),
        ("mine.jsonl", "mine.jsonl"),
    ],
)
def test_names_tell_the_split(name, split):
    assert split_of(Path(name)) == split
