"""Shards, ours and those that WebDataset 1.0.2 wrote."""

import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.unsup_asr.corpora.formats.drawn import manifests
from unsup_asr.corpora.formats.webdataset.reading import read_webdataset
from unsup_asr.corpora.formats.webdataset.writing import ShardConfig, write_webdataset
from unsup_asr.data.manifest import Utterance
from unsup_asr.errors import InputError, UsageError

CUT = "place in a longer recording; each becomes a recording of its own"


def said(utterance: Utterance) -> Utterance:
    """An utterance but for where it lies."""
    return replace(utterance, audio_filepath=Path(), image_filepath=None, offset=0.0)


def names(shard: Path) -> list[str]:
    with tarfile.open(shard) as archive:
        return archive.getnames()


@pytest.fixture(scope="module")
def drawn_media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What drawn utterances point to, 200 s at 100 Hz."""
    folder = tmp_path_factory.mktemp("drawn")
    (folder / "c").mkdir()
    for name in ("a b.wav", "c/a b.wav", "犬.flac"):
        soundfile.write(folder / name, np.zeros(20_000, np.int16), 100)
    Image.new("RGB", (4, 4)).save(folder / "p q.jpg")
    return folder


@settings(max_examples=20)
@given(data=st.data())
def test_what_is_said_comes_back(
    tmp_path_factory: pytest.TempPathFactory, drawn_media: Path, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("shards")
    utterances = data.draw(manifests(drawn_media))
    assert write_webdataset(utterances, folder / "out", ShardConfig(samples=2)).written == len(utterances)
    imported = read_webdataset(folder / "out", folder / "in")
    assert [said(utterance) for utterance in imported.utterances] == [
        said(utterance) for utterance in utterances
    ]
    assert not imported.not_held and not imported.left_out
    for before, after in zip(utterances, imported.utterances, strict=True):
        assert (before.image_filepath is None) == (after.image_filepath is None)


def test_recordings_and_pictures_keep_their_bytes(tmp_path: Path, spoken: list[Utterance]) -> None:
    exported = write_webdataset(spoken, tmp_path / "out")
    imported = read_webdataset(tmp_path / "out", tmp_path / "in")
    assert exported.not_held == {CUT: 3}
    whole = imported.utterances[2]
    assert whole.audio_filepath.suffix == ".flac"
    assert whole.audio_filepath.read_bytes() == spoken[2].audio_filepath.read_bytes()
    for before, after in zip(spoken, imported.utterances, strict=True):
        if before.image_filepath is not None:
            assert after.image_filepath is not None
            assert after.image_filepath.read_bytes() == before.image_filepath.read_bytes()


def test_one_picture_stays_one(tmp_path: Path, spoken: list[Utterance]) -> None:
    write_webdataset(spoken, tmp_path / "out")
    first, second, third, _ = read_webdataset(tmp_path / "out", tmp_path / "in").utterances
    assert first.image_filepath == second.image_filepath != third.image_filepath


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "PCM_U8", "FLOAT"])
def test_a_part_of_a_recording_keeps_its_samples(tmp_path: Path, subtype: str) -> None:
    path = tmp_path / "long.wav"
    soundfile.write(path, np.random.default_rng(0).uniform(-0.9, 0.9, (4000, 2)), 8000, subtype=subtype)
    write_webdataset([Utterance("u", path, 0.25, "en", offset=0.125)], tmp_path / "out")
    (utterance,) = read_webdataset(tmp_path / "out", tmp_path / "in").utterances
    samples, rate = soundfile.read(utterance.audio_filepath)
    assert rate == 8000
    np.testing.assert_array_equal(samples, soundfile.read(path)[0][1000:3000])
    assert soundfile.info(utterance.audio_filepath).subtype == subtype


def test_a_key_has_neither_dots_nor_folders(tmp_path: Path, spoken: list[Utterance]) -> None:
    write_webdataset(spoken, tmp_path)
    assert names(tmp_path / "000000.tar") == [
        *("hi-1_a_x.json", "hi-1_a_x.wav", "hi-1_a_x.jpg"),
        *("s-1-2.json", "s-1-2.wav", "s-1-2.jpg"),
        *("犬が走る.json", "犬が走る.flac", "犬が走る.png"),
        *("a-0.json", "a-0.wav"),
    ]


def test_shards_have_the_size_that_was_asked_for(tmp_path: Path, spoken: list[Utterance]) -> None:
    write_webdataset(spoken, tmp_path / "three", ShardConfig(samples=3))
    assert [len(names(path)) for path in sorted((tmp_path / "three").iterdir())] == [9, 2]
    write_webdataset(spoken, tmp_path / "bytes", ShardConfig(bytes=1))
    assert sorted(path.name for path in (tmp_path / "bytes").iterdir()) == [f"00000{n}.tar" for n in range(4)]
    with pytest.raises(UsageError, match="0 samples"):
        ShardConfig(samples=0)


def test_the_same_files_yield_the_same_shards(tmp_path: Path, spoken: list[Utterance]) -> None:
    for name in ("a", "b"):
        write_webdataset(spoken, tmp_path / name)
    assert (tmp_path / "a/000000.tar").read_bytes() == (tmp_path / "b/000000.tar").read_bytes()


def test_what_cannot_be_read_is_left_out(tmp_path: Path, spoken: list[Utterance]) -> None:
    (tmp_path / "p.txt").write_text("")
    raw = bytearray(spoken[2].audio_filepath.read_bytes())
    raw[2000:] = bytes(len(raw) - 2000)
    (tmp_path / "damaged.flac").write_bytes(raw)
    broken = {
        "recording is damaged": replace(spoken[2], audio_filepath=tmp_path / "damaged.flac", duration=1.5),
        "recording is missing": replace(spoken[2], audio_filepath=tmp_path / "gone.wav"),
        "recording ends at 2 s, before its utterance": replace(spoken[2], duration=2.5),
        "cannot be read: No such file or directory": replace(spoken[2], image_filepath=tmp_path / "gone.png"),
        "picture ends in '.txt'": replace(spoken[2], image_filepath=tmp_path / "p.txt"),
    }
    exported = write_webdataset([*broken.values(), spoken[2]], tmp_path / "out")
    assert [item.reason for item in exported.left_out] == list(broken)
    assert exported.written == 1
    with pytest.raises(InputError, match="no utterance can be read"):
        write_webdataset(broken.values(), tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_shard_is_there_whole_or_not_at_all(tmp_path: Path, spoken: list[Utterance]) -> None:
    def interrupted():
        yield from spoken[:3]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_webdataset(interrupted(), tmp_path / "out", ShardConfig(samples=2))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["000000.tar"]


def test_what_webdataset_wrote_is_read(golden: Path, tmp_path: Path) -> None:
    imported = read_webdataset(golden / "shards", tmp_path, lang="xx")
    assert [(u.id, u.text, u.lang, u.speaker, u.duration) for u in imported.utterances] == [
        ("part/000", "a dog", "xx", None, 0.25),
        ("part/001", "犬が走る", "en", "s", 0.25),
        ("part/002", "नमस्ते", "en", "s", 0.25),
    ]
    assert imported.not_held == {"file .cls": 3}
    assert imported.utterances[2].audio_filepath == tmp_path / "audio/0001/part_002.wav"
    assert len({utterance.image_filepath for utterance in imported.utterances}) == 1
    for utterance in imported.utterances:
        assert soundfile.info(utterance.audio_filepath).frames == 1000


def test_what_an_interrupted_export_left_is_no_shard(golden: Path, tmp_path: Path) -> None:
    for name in ("0.tgz", ".1.tar.7.tmp", ".1.tar", "0.tar.md5"):
        (tmp_path / name).write_bytes((golden / "shards/0001.tar").read_bytes())
    assert [u.id for u in read_webdataset(tmp_path, tmp_path / "in").utterances] == ["part/002"]


def write_tar(path: Path, **files: bytes) -> Path:
    with tarfile.open(path, "w") as archive:
        for ending, content in files.items():
            info = tarfile.TarInfo(f"a.{ending}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


@pytest.mark.parametrize(
    ("files", "reason"),
    [({"json": b"{}"}, "has no recording"), ({"wav": b"RIFF"}, "not readable as audio")],
)
def test_samples_without_sound_are_left_out(
    tmp_path: Path, golden: Path, files: dict[str, bytes], reason: str
) -> None:
    (tmp_path / "shards").mkdir()
    write_tar(tmp_path / "shards/0.tar", **files)
    with pytest.raises(InputError, match="holds no sample with a recording"):
        read_webdataset(tmp_path / "shards", tmp_path / "in", "en")
    (tmp_path / "shards/1.tar").write_bytes((golden / "shards/0001.tar").read_bytes())
    imported = read_webdataset(tmp_path / "shards", tmp_path / "in", "en")
    assert [item.reason for item in imported.left_out] == [reason]
    assert len(imported.utterances) == 1


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (b"{", "not valid JSON"),
        (b"\xff", "not UTF-8"),
        (json.dumps({"duration": 1}).encode(), "its language is not told"),
        (json.dumps({"duration": -1, "lang": "en"}).encode(), "'duration' is -1"),
        (json.dumps({"duration": 1, "lang": "en", "text": 3}).encode(), "'text' is 3"),
    ],
)
def test_a_fault_names_shard_and_sample(tmp_path: Path, row: bytes, fault: str) -> None:
    shard = write_tar(tmp_path / "s.tar", wav=b"RIFF", json=row)
    with pytest.raises(InputError, match=fault) as caught:
        read_webdataset(shard, tmp_path / "in")
    assert caught.value.where == f"{shard}: a"
