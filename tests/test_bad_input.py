"""What is broken is named with file, line and remedy; in a batch it is set aside, and nothing else is lost."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from unsup_asr.cli.main import main
from unsup_asr.data.manifest import Utterance, read_manifest, write_manifest
from unsup_asr.files import read_jsonl

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Data:
    """Manifests, captions and a CLIP in a folder, as users of `generic` have them."""

    folder: Path
    clip: Path
    learning: tuple[str, ...]

    def utterances(self, split: str) -> list[Utterance]:
        return read_manifest(self.folder / f"{split}.jsonl")

    def write(self, split: str, utterances: list[Utterance]) -> None:
        write_manifest(self.folder / f"{split}.jsonl", utterances)

    def run(self, *words: str) -> int:
        named = {"manifest": "train.jsonl", "captions": "captions.txt"}
        named |= {split: f"{split}.jsonl" for split in SPLITS[1:]}
        files = [f"data.{key}={self.folder / name}" for key, name in named.items()]
        places = [f"clip={self.clip}", f"run_dir={self.folder / 'run'}"]
        return main(["run", "generic", *files, *places, *self.learning, *words])


@pytest.fixture
def data(finished_run, tiny_learning, tmp_path, monkeypatch) -> Data:
    """Real recordings and pictures, 12 in each split, and a CLIP that knows such pictures."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (corpus,) = finished_run.cache.glob("corpora/*")
    (clip,) = finished_run.cache.glob("clip/*")
    own = Data(tmp_path, clip, tuple(word for word in tiny_learning if "miniature" not in word))
    for split in SPLITS:
        own.write(split, [_copied(u, tmp_path) for u in read_manifest(corpus / f"{split}.jsonl")[:12]])
    shutil.copy(corpus / "captions.txt", tmp_path)
    return own


def _copied(utterance: Utterance, folder: Path) -> Utterance:
    assert utterance.image_filepath
    audio, image = folder / f"{utterance.id}.wav", folder / f"{utterance.id}.png"
    shutil.copy(utterance.audio_filepath, audio)
    shutil.copy(utterance.image_filepath, image)
    return replace(utterance, audio_filepath=audio, image_filepath=image)


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def no_number(path: Path) -> None:
    samples, rate = soundfile.read(path)
    samples[1000] = np.nan
    soundfile.write(path, samples, rate, subtype="FLOAT")


def hold_something_else(path: Path) -> None:
    path.write_text("<html>404</html>")


def in_stereo(path: Path) -> None:
    samples, rate = soundfile.read(path)
    soundfile.write(path, np.stack([samples, samples], axis=1), rate)


def at_another_rate(path: Path) -> None:
    samples, rate = soundfile.read(path)
    soundfile.write(path, np.repeat(samples, 3), 3 * rate)


BROKEN: list[tuple[Callable[[Path], None], str, str]] = [
    (cut_in_half, "wav", "truncated: its header promises"),
    (empty, "wav", "is empty (fetch it again"),
    (no_number, "wav", "s is not finite (write the recording anew"),
    (hold_something_else, "wav", "not readable as audio"),
    (Path.unlink, "wav", "No such file or directory (check the path)"),
    (Path.unlink, "png", "No such file or directory (check the path)"),
    (hold_something_else, "png", "is no picture (give a JPEG"),
    (cut_in_half, "png", "damaged or cut short"),
]


def test_what_is_broken_is_set_aside_and_all_else_is_done(data, capsys):
    """Utterance k of training and of the test is broken in way k; the last two are in unusual forms."""
    for split in ("train", "test"):
        utterances = data.utterances(split)
        for utterance, (spoil, suffix, _) in zip(utterances, BROKEN, strict=False):
            spoil(utterance.audio_filepath.with_suffix(f".{suffix}"))
        in_stereo(utterances[-1].audio_filepath)
        at_another_rate(utterances[-2].audio_filepath)
        data.write(split, [*utterances[:-3], replace(utterances[-3], words=()), *utterances[-2:]])

    assert data.run() == 3
    out, err = capsys.readouterr()
    assert str(data.folder / "run" / "results.json") in out
    listed = {row["id"]: row["reason"] for row in read_jsonl(data.folder / "run" / "set_aside.jsonl")}
    assert set(listed) == {f"{split}-{k:05d}" for split in ("train", "test") for k in (*range(8), 9)}
    for id, reason in listed.items():
        assert f"set aside: {id}: {reason}\n" in err
    for split in ("train", "test"):
        for number, (_, suffix, fault) in enumerate(BROKEN):
            reason = listed[f"{split}-{number:05d}"]
            assert reason.startswith(f"{data.folder}/{split}-{number:05d}.{suffix}: ") and fault in reason
        assert "no word times" in listed[f"{split}-00009"]
    scored = read_jsonl(data.folder / "run" / "decoded" / "self_training.test.jsonl")
    assert [row["id"] for row in scored] == ["test-00008", "test-00010", "test-00011"]

    # The same again, from what was kept.
    assert data.run() == 3
    assert "set aside: train-00000: " in capsys.readouterr().err


def test_embeddings_that_are_no_numbers_are_set_aside(data, capsys):
    import torch
    from safetensors.torch import save_file

    embeddings = {u.image_id: torch.randn(16) for split in SPLITS for u in data.utterances(split)}
    embeddings["train-00003"][5] = float("nan")
    del embeddings["train-00004"]
    save_file(embeddings, data.folder / "images.safetensors")
    assert data.run(f"data.embeddings={data.folder / 'images.safetensors'}") == 3
    rows = read_jsonl(data.folder / "run" / "set_aside.jsonl")
    assert [row["id"] for row in rows] == ["train-00003", "train-00004"]
    assert "images.safetensors: " in rows[0]["reason"] and "not finite" in rows[0]["reason"]
    assert "set aside: train-00004" in capsys.readouterr().err


def test_embeddings_that_cannot_be_read_are_an_error(data, capsys):
    assert data.run(f"data.embeddings={data.folder / 'captions.txt'}") == 1
    assert "captions.txt: cannot be read" in capsys.readouterr().err.splitlines()[-1]


def test_a_whole_manifest_of_broken_files_is_an_error(data, capsys):
    for utterance in data.utterances("validation"):
        empty(utterance.audio_filepath)
    assert data.run() == 1
    err = capsys.readouterr().err.splitlines()[-1]
    assert "validation.jsonl: none of 12 utterances can be used" in err and ".wav: is empty" in err


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("train.jsonl", b'{"id": "train-00002"', b'{"id": "train-00002', "train.jsonl:3: "),
        ("train.jsonl", b'"id": "train-00002"', b'"id": "train-00001"', "train.jsonl:3: id 'train-00001' is"),
        ("test.jsonl", b'"duration"', b'"length"', "test.jsonl:1: "),
        ("captions.txt", b"\n", b"\na caf\xe9 in the rain\n", "captions.txt:2: not UTF-8: byte 0xe9"),
        ("captions.txt", b"", b"\xff\xfea\0", "it looks like UTF-16 (convert it: iconv"),
    ],
)
def test_broken_text_is_one_error_with_its_line(data, capsys, file, old, new, fault):
    path = data.folder / file
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    assert data.run() == 1
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    assert err.startswith(f"unsup-asr: error: {data.folder}") and fault in err and err.endswith(")\n")


def test_another_configuration_leaves_the_run_as_it_is(finished_run, capsys):
    before = finished_run.made()
    for change, named in (("seed=1", "seed is 0 there, 1 here"), ("starts=3", "starts is 2 there, 3 here")):
        assert main([*finished_run.words, change]) == 2
        err = capsys.readouterr().err
        assert f"{finished_run.folder}: " in err and named in err and "run_dir=" in err
    assert finished_run.made() == before


def test_recordings_in_unusual_forms_are_transcribed(finished_run, tmp_path, capsys):
    (recording,) = finished_run.cache.glob("corpora/*/audio/test/00000.wav")
    written = []
    for change in (lambda path: None, in_stereo, at_another_rate, cut_in_half):
        copy = Path(shutil.copy(recording, tmp_path / "copy.wav"))
        change(copy)
        status = main(["transcribe", "--model", str(finished_run.folder), str(copy)])
        out, err = capsys.readouterr()
        written.append((status, out))
    plain, stereo, _, cut = written
    assert plain == stereo and all(status == 0 and out.strip() for status, out in written[:3])
    assert cut == (1, "") and "truncated" in err
