"""Manifests: what was written comes back, and every fault is named with its line."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unsup_asr.data.manifest import Utterance, Word, read_manifest, write_manifest
from unsup_asr.errors import InputError

GOOD: dict[str, Any] = {"id": "a", "audio_filepath": "audio/a.wav", "duration": 2.0, "lang": "en"}

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)
names = st.text("abcxyz-_ é字.", min_size=1).filter(lambda name: name.strip(".") != "")


@st.composite
def utterances(draw: st.DrawFn) -> Utterance:
    times = sorted(draw(st.lists(st.floats(0, 5), min_size=2, max_size=8, unique=True)))
    words = tuple(Word(draw(texts), a, b) for a, b in zip(times[::2], times[1::2], strict=False))
    return Utterance(
        id=draw(texts),
        audio_filepath=Path("/corpus/audio") / draw(names),
        duration=draw(st.floats(5, 100)),
        lang=draw(texts),
        offset=draw(st.floats(0, 100)),
        speaker=draw(st.none() | texts),
        image_filepath=draw(st.none() | names.map(lambda name: Path("/elsewhere") / name)),
        image_id=draw(st.none() | texts),
        text=draw(st.none() | texts),
        translations=tuple(draw(st.lists(texts, max_size=3))),
        words=words,
    )


@settings(deadline=None)
@given(st.lists(utterances(), min_size=1, max_size=4, unique_by=lambda utterance: utterance.id))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, written: list[Utterance]) -> None:
    path = tmp_path_factory.mktemp("manifest") / "train.jsonl"
    write_manifest(path, written)
    assert read_manifest(path) == written


def write_rows(path: Path, *rows: object) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_paths_are_relative_to_the_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "corpus").mkdir()
    write_rows(tmp_path / "corpus/m.jsonl", {**GOOD, "image_filepath": "/far/a.png"})
    monkeypatch.chdir(tmp_path)
    (utterance,) = read_manifest("corpus/m.jsonl")
    assert utterance.audio_filepath == tmp_path / "corpus/audio/a.wav"
    assert utterance.image_filepath == Path("/far/a.png")


def test_a_corpus_folder_can_be_moved(tmp_path: Path) -> None:
    write_manifest(tmp_path / "old/m.jsonl", [Utterance("a", tmp_path / "old/audio/a.wav", 1.0, "en")])
    (tmp_path / "old").rename(tmp_path / "new")
    (utterance,) = read_manifest(tmp_path / "new/m.jsonl")
    assert utterance.audio_filepath == tmp_path / "new/audio/a.wav"


def test_unknown_keys_nulls_empty_lines_and_a_byte_order_mark_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text("\ufeff" + json.dumps({**GOOD, "mood": 1, "text": None}) + "\r\n\n", encoding="utf-8")
    assert [utterance.text for utterance in read_manifest(path)] == [None]


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in GOOD.items() if name != key}


def with_word(start: object, end: object, word: object = "hi") -> dict[str, Any]:
    return {**GOOD, "words": [{"word": word, "start": start, "end": end}]}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[1]", "JSON object is wanted"),
        (without("id"), "'id' is missing"),
        (without("audio_filepath"), "'audio_filepath' is missing"),
        (without("duration"), "'duration' is missing"),
        (without("lang"), "'lang' is missing"),
        ({**GOOD, "id": 7}, "'id' is 7"),
        ({**GOOD, "id": ""}, "'id' is ''"),
        ({**GOOD, "duration": "2"}, "'duration' is '2'"),
        ({**GOOD, "duration": True}, "'duration' is True"),
        ({**GOOD, "duration": 0}, "'duration' is 0"),
        ({**GOOD, "duration": -1.5}, "'duration' is -1.5"),
        ({**GOOD, "duration": float("nan")}, "'duration' is nan"),
        ({**GOOD, "duration": float("inf")}, "'duration' is inf"),
        ({**GOOD, "duration": 10**400}, "'duration' is 1000"),
        ({**GOOD, "offset": -0.1}, "'offset' is -0.1"),
        ({**GOOD, "text": ["a"]}, "'text' is ['a']"),
        ({**GOOD, "translations": "a"}, "'translations' is 'a'"),
        ({**GOOD, "translations": [1]}, "'translations' is [1]"),
        ({**GOOD, "words": "hi"}, "'words' is 'hi'"),
        ({**GOOD, "words": ["hi"]}, "'words' is ['hi']"),
        (with_word(0, 1, word=3), "words[0]: field 'word' is 3"),
        (with_word("0", 1), "words[0]: field 'start' is '0'"),
        (with_word(1.5, 2.5), "'hi' (1.5–2.5 s) is outside the utterance (0–2 s)"),
        (with_word(-0.5, 1), "'hi' (-0.5–1 s) is outside"),
        (with_word(1, 0.5), "ends before it starts"),
        (
            {**GOOD, "words": with_word(1, 2)["words"] + with_word(0, 1)["words"]},
            "'hi' (0–1 s) stands after 'hi' (1–2 s)",
        ),
        (GOOD, "id 'a' is that of line 1, too"),
    ],
)
def test_a_fault_names_file_line_and_remedy(tmp_path: Path, row: object, said: str) -> None:
    path = write_rows(tmp_path / "m.jsonl", GOOD, "", row)
    with pytest.raises(InputError) as caught:
        read_manifest(path)
    assert str(caught.value.where).startswith(f"{path}:3")
    assert said in str(caught.value)
    assert caught.value.remedy


def test_an_empty_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no utterance"):
        read_manifest(write_rows(tmp_path / "m.jsonl", ""))


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.jsonl: cannot be read: No such file"):
        read_manifest(tmp_path / "gone.jsonl")


@pytest.mark.parametrize(("encoding", "guess"), [("latin-1", "WINDOWS-1252"), ("utf-16", "UTF-16")])
def test_another_encoding_is_guessed_and_its_remedy_given(tmp_path: Path, encoding: str, guess: str) -> None:
    path = tmp_path / "m.jsonl"
    rows = [GOOD, {**GOOD, "id": "é"}]
    path.write_bytes("\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode(encoding))
    with pytest.raises(InputError, match=f"looks like {guess}.*iconv -f {guess} -t UTF-8"):
        read_manifest(path)


def test_the_line_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    path.write_bytes(json.dumps(GOOD).encode() + b'\n{"id": "\xe9"}')
    with pytest.raises(InputError, match=r"m\.jsonl:2: not UTF-8: byte 0xe9"):
        read_manifest(path)
