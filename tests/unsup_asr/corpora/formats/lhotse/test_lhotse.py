"""Lhotse's manifests, ours and those that Lhotse 1.33.0 wrote."""

import gzip
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unsup_asr.corpora.formats.drawn import manifests
from unsup_asr.corpora.formats.lhotse.reading import read_lhotse
from unsup_asr.corpora.formats.lhotse.writing import write_lhotse
from unsup_asr.data.manifest import Utterance, Word
from unsup_asr.errors import InputError

MONO: dict[str, Any] = {
    "id": "rec",
    "sources": [{"type": "file", "channels": [0], "source": "a.wav"}],
    "sampling_rate": 8000,
    "num_samples": 16000,
    "duration": 2.0,
    "channel_ids": [0],
}
SPOKEN = {"id": "u", "recording_id": "rec", "start": 0.5, "duration": 1.0, "channel": 0, "language": "en"}
CUT = {"id": "c", "start": 0.25, "duration": 1.5, "channel": 0, "supervisions": [SPOKEN], "recording": MONO,
       "type": "MonoCut"}  # fmt: skip


def write_rows(path: Path, *rows: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows))
    return path


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines()]


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    (folder / "c").mkdir()
    for name in ("a b.wav", "c/a b.wav", "犬.flac"):
        soundfile.write(folder / name, np.zeros(800), 8000)
    return folder


@pytest.mark.parametrize("pair", [False, True])
@settings(max_examples=30)
@given(data=st.data())
def test_nothing_is_lost(recordings: Path, pair: bool, data: st.DataObject) -> None:
    utterances = data.draw(manifests(recordings))
    exported = write_lhotse(utterances, recordings / "out")
    if pair:
        (recordings / "out/cuts.jsonl.gz").unlink()
    imported = read_lhotse(recordings / "out")
    assert imported.utterances == utterances
    assert exported.written == len(utterances)
    assert not exported.not_held and not imported.not_held


def test_the_same_manifest_yields_the_same_bytes(tmp_path: Path, spoken: list[Utterance]) -> None:
    for name in ("a", "b"):
        write_lhotse(spoken, tmp_path / name)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_recordings_are_what_their_heads_say(tmp_path: Path, spoken: list[Utterance]) -> None:
    write_lhotse(spoken, tmp_path)
    long, stereo = rows_of(tmp_path / "recordings.jsonl.gz")
    assert long["id"] == "लंबी_रिकॉर्डिंग"
    assert (long["sampling_rate"], long["num_samples"], long["duration"]) == (8000, 16000, 2.0)
    assert (long["channel_ids"], stereo["channel_ids"]) == ([0], [0, 1])
    assert [cut["type"] for cut in rows_of(tmp_path / "cuts.jsonl.gz")] == ["MonoCut"] * 2 + [
        "MultiCut",
        "MonoCut",
    ]


def test_words_count_from_the_start_of_the_recording(tmp_path: Path, spoken: list[Utterance]) -> None:
    write_lhotse(spoken, tmp_path)
    supervision = rows_of(tmp_path / "supervisions.jsonl.gz")[0]
    cut = rows_of(tmp_path / "cuts.jsonl.gz")[0]
    words = {"word": [["नमस्ते", 0.6, 0.233333, None], ["दुनिया", 0.9, 0.35, None]]}
    assert supervision["alignment"] == cut["supervisions"][0]["alignment"] == words
    assert (supervision["start"], cut["start"], cut["supervisions"][0]["start"]) == (0.5, 0.5, 0.0)


def test_what_cannot_be_heard_is_left_out(tmp_path: Path, spoken: list[Utterance]) -> None:
    gone = replace(spoken[0], id="gone", audio_filepath=tmp_path / "gone.wav")
    exported = write_lhotse([gone, *spoken], tmp_path / "out")
    assert [(item.id, item.reason, item.broken) for item in exported.left_out] == [
        ("gone", "recording is missing", True)
    ]
    assert read_lhotse(tmp_path / "out").utterances == spoken
    with pytest.raises(InputError, match="none of 1 recordings can be read"):
        write_lhotse([gone], tmp_path / "none")


def golden_utterances(folder: Path) -> list[Utterance]:
    path = folder / "audio/two words.wav"
    words = (Word("नमस्ते", 0.05, 0.15), Word("दुनिया", 0.2, 0.4))
    return [
        Utterance("u1", path, 0.25, "hi", speaker="s1", text="अ"),
        Utterance("u2", path, 0.5, "hi", 0.25, "s1", folder / "pictures/a.png", text="नमस्ते दुनिया",
                  translations=("hello world",), words=words),
        Utterance("u3", folder / "audio/stereo.flac", 0.25, "ja", text="犬"),
    ]  # fmt: skip


@pytest.mark.parametrize("source", ["pair", "whole", "trimmed", "trimmed/mini_cuts_train.jsonl.gz"])
def test_what_lhotse_wrote_is_read(golden: Path, source: str) -> None:
    imported = read_lhotse(golden / source)
    assert imported.utterances == golden_utterances(golden)
    assert imported.not_held == {"field 'gender'": 1, "custom field 'mood'": 1, "alignment 'phone'": 1}


def test_mixtures_are_left_out_and_named(golden: Path) -> None:
    imported = read_lhotse(golden / "mixed/cuts.jsonl")
    assert imported.utterances == golden_utterances(golden)
    assert [item.reason for item in imported.left_out] == ["is a MixedCut"] * 2


def test_recordings_altered_while_loaded_are_refused(golden: Path) -> None:
    with pytest.raises(InputError, match=r"altered\.jsonl:1.*'rec1_sp1.1' is altered.*save_audios"):
        read_lhotse(golden / "mixed/altered.jsonl")


@pytest.mark.parametrize("kind", ["command", "url", "memory"])
def test_commands_and_addresses_are_refused_unrun(tmp_path: Path, kind: str) -> None:
    source = {"type": kind, "channels": [0], "source": f"touch {tmp_path / 'ran'}"}
    path = write_rows(tmp_path / "cuts.jsonl", {**CUT, "recording": {**MONO, "sources": [source]}})
    with pytest.raises(InputError, match=f"has sources .'{kind}'.; one of type 'file' is wanted"):
        read_lhotse(path)
    assert not (tmp_path / "ran").exists()


def test_a_supervision_counts_from_the_start_of_its_cut(tmp_path: Path) -> None:
    (utterance,) = read_lhotse(write_rows(tmp_path / "cuts.jsonl", CUT)).utterances
    assert (utterance.offset, utterance.duration) == (0.75, 1.0)


def test_a_cut_without_supervision_has_no_text(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "cuts.jsonl", {**CUT, "supervisions": []})
    (utterance,) = read_lhotse(path, lang="en").utterances
    assert (utterance.id, utterance.offset, utterance.duration, utterance.text) == ("c", 0.25, 1.5, None)


def test_one_channel_of_several_and_words_outside_are_counted(tmp_path: Path) -> None:
    stereo = {**MONO, "channel_ids": [0, 1]}
    said = {
        **SPOKEN,
        "alignment": {"word": [["in", 0.8, 0.1], {"symbol": "out", "start": 0.1, "duration": 0.1}]},
    }
    imported = read_lhotse(
        write_rows(tmp_path / "c.jsonl", {**CUT, "recording": stereo, "supervisions": [said]})
    )
    assert imported.utterances[0].words == (Word("in", 0.05, 0.15),)
    assert imported.not_held == {"choice of a channel": 1, "word with impossible times": 1}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("[1]\n", "JSON object is wanted"),
        ({**CUT, "recording": None}, "'recording' is no object"),
        ({**CUT, "supervisions": [{**SPOKEN, "duration": 0}]}, "'duration' is 0"),
        ({**CUT, "supervisions": [{**SPOKEN, "start": -1}]}, "starts 0.75 s before its recording"),
        ({**CUT, "supervisions": [{**SPOKEN, "language": None}]}, "language is not told"),
        ({**CUT, "supervisions": [{**SPOKEN, "alignment": {"word": ["a"]}}]}, "'a' is no aligned word"),
        ({**CUT, "supervisions": [{**SPOKEN, "alignment": 1}]}, "'alignment' is no object"),
        ({**CUT, "supervisions": [{**SPOKEN, "alignment": {"word": 1}}]}, "alignment 'word' is no list"),
        ({**CUT, "custom": [1]}, "'custom' is no object"),
        ({**CUT, "supervisions": [{**SPOKEN, "id": "first"}]}, "'first' came before"),
    ],
)
def test_a_fault_names_file_and_line(tmp_path: Path, row: object, said: str) -> None:
    first = {**CUT, "supervisions": [{**SPOKEN, "id": "first"}]}
    path = write_rows(tmp_path / "cuts.jsonl", first, row)
    with pytest.raises(InputError, match=said) as caught:
        read_lhotse(path)
    assert str(caught.value.where).startswith(f"{path}:2")


def test_a_folder_without_its_parts_says_which(tmp_path: Path, golden: Path) -> None:
    with pytest.raises(InputError, match=r"recordings\.jsonl\.gz: is missing"):
        read_lhotse(tmp_path)
    write_rows(tmp_path / "recordings.jsonl", {**MONO, "id": "other"})
    with pytest.raises(InputError, match=r"supervisions\.jsonl\.gz: is missing"):
        read_lhotse(tmp_path)
    write_rows(tmp_path / "supervisions.jsonl", SPOKEN)
    with pytest.raises(InputError, match=r"supervisions\.jsonl:1: there is no recording 'rec'"):
        read_lhotse(tmp_path)
    for name in ("a_cuts.jsonl", "b_cuts.jsonl"):
        shutil.copy(golden / "mixed/cuts.jsonl", tmp_path / name)
    with pytest.raises(InputError, match=r"there are 2: a_cuts\.jsonl, b_cuts\.jsonl"):
        read_lhotse(tmp_path)


def test_a_damaged_file_is_named(tmp_path: Path, golden: Path) -> None:
    path = tmp_path / "cuts.jsonl.gz"
    path.write_bytes((golden / "whole/cuts.jsonl.gz").read_bytes()[:200])
    with pytest.raises(InputError, match=r"cuts\.jsonl\.gz: cannot be read"):
        read_lhotse(path)
    with pytest.raises(InputError, match="holds no utterance"):
        read_lhotse(write_rows(tmp_path / "none.jsonl", "\n"))
    with pytest.raises(InputError, match=r"gone\.jsonl: cannot be read"):
        read_lhotse(tmp_path / "gone.jsonl")
