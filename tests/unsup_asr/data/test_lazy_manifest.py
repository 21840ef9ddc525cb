"""Read lazily, a manifest is what it is read whole: rows, order, errors; and it is small."""

import json
import pickle
import random
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unsup_asr.data.lazy_manifest import LazyManifest
from unsup_asr.data.manifest import Utterance, read_manifest, write_manifest
from unsup_asr.errors import InputError

GOOD: dict[str, Any] = {"id": "a", "audio_filepath": "a.wav", "duration": 2.0, "lang": "en"}
ROWS = 200_000


def write(path: Path, *lines: Any) -> Path:
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return path


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("large") / "train.jsonl"
    with path.open("w") as file:
        for row in range(ROWS):
            file.write(
                f'{{"id": "utt-{row:07d}", "audio_filepath": "audio/{row}.wav", "duration": {1 + row % 9},'
                f' "lang": "en", "image_filepath": "images/{row // 5}.jpg"}}\n'
            )
    return path


@given(texts=st.lists(st.text(max_size=8), min_size=1, max_size=6), gaps=st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_it_is_the_list(tmp_path_factory, texts, gaps):
    path = tmp_path_factory.mktemp("m") / "m.jsonl"
    spoken = [
        Utterance(f"é{n}", path.parent / f"{n}.wav", 1.5, "hi", text=text) for n, text in enumerate(texts)
    ]
    write_manifest(path, spoken)
    path.write_text("\ufeff" + path.read_text().replace("\n", "\r\n" + " \n" * gaps))
    lazy, whole = LazyManifest(path), read_manifest(path)
    assert list(lazy) == whole and [lazy[row] for row in range(len(lazy))] == whole
    assert lazy[-1] == whole[-1] and lazy[1:3] == whole[1:3] and lazy[::-1] == whole[::-1]
    assert whole[-1] in lazy and lazy.index(whole[-1]) == len(whole) - 1
    with pytest.raises(IndexError):
        lazy[len(whole)]


def test_many_rows_take_little_memory_and_come_in_any_order(large):
    tracemalloc.start()
    lazy = LazyManifest(large)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(lazy) == ROWS and kept < 20 * ROWS and peak < 60 * ROWS
    for row in random.Random(0).sample(range(ROWS), 50):
        assert lazy[row].id == f"utt-{row:07d}" and lazy[row].picture.endswith(f"images/{row // 5}.jpg")


def test_threads_and_processes_may_share_it(large):
    lazy = pickle.loads(pickle.dumps(LazyManifest(large)))
    rows = random.Random(1).sample(range(ROWS), 400)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda row: lazy[row].id, rows))
    assert found == [f"utt-{row:07d}" for row in rows]


@pytest.mark.parametrize("row", ["{", "[1]", {**GOOD, "id": 7}, {**GOOD, "id": None}, GOOD])
def test_what_opening_refuses_is_refused_as_in_a_list(tmp_path, row):
    path = write(tmp_path / "m.jsonl", GOOD, "", {**GOOD, "id": "b"}, row)
    with pytest.raises(InputError) as whole:
        read_manifest(path)
    with pytest.raises(InputError) as lazy:
        LazyManifest(path)
    assert str(lazy.value) == str(whole.value) and f"{path}:4" in str(lazy.value)


def test_of_several_twins_the_first_is_named(tmp_path):
    ids = ["d", "c", "b", "b", "c", "d", "b"]
    path = write(tmp_path / "m.jsonl", *({**GOOD, "id": id} for id in ids))
    with pytest.raises(InputError, match=r"m.jsonl:4: id 'b' is that of line 3, too"):
        LazyManifest(path)


def test_ids_that_differ_may_have_one_hash(tmp_path, monkeypatch):
    monkeypatch.setattr("unsup_asr.data.lazy_manifest.hash", lambda id: 7, raising=False)
    path = write(tmp_path / "m.jsonl", *({**GOOD, "id": id} for id in "abc"))
    assert [utterance.id for utterance in LazyManifest(path)] == ["a", "b", "c"]


def test_the_rest_of_a_line_is_checked_when_it_is_read(tmp_path):
    path = write(tmp_path / "m.jsonl", GOOD, "", {**GOOD, "id": "b", "duration": -1})
    lazy = LazyManifest(path)
    assert lazy[0].id == "a"
    with pytest.raises(InputError, match=r"m\.jsonl:3: field 'duration' is -1"):
        lazy[1]


def test_empty_missing_and_other_encodings_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"m\.jsonl: holds no utterance"):
        LazyManifest(write(tmp_path / "m.jsonl", "", " "))
    with pytest.raises(InputError, match=r"gone\.jsonl: cannot be read: No such file"):
        LazyManifest(tmp_path / "gone.jsonl")
    (tmp_path / "latin.jsonl").write_bytes(json.dumps(GOOD).encode() + b'\n{"id": "\xe9"}')
    with pytest.raises(InputError, match=r"latin\.jsonl:2: not UTF-8: byte 0xe9 \(convert it"):
        LazyManifest(tmp_path / "latin.jsonl")
