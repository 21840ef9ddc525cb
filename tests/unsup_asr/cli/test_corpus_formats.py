"""`unsup-asr export` and `unsup-asr import` of other toolkits' corpora."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from unsup_asr.cli.main import main
from unsup_asr.cli.status import DONE, FAILED, IN_PART, USAGE
from unsup_asr.data.audio import write_audio
from unsup_asr.data.manifest import Utterance, Word, read_manifest, write_manifest

WORDS = (Word("a", 0.1, 0.2), Word("犬", 0.25, 0.5))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with `speech.jsonl` of two utterances of one recording."""
    monkeypatch.chdir(tmp_path)
    write_audio("long.wav", np.random.default_rng(0).uniform(-0.5, 0.5, 16000), 16000)
    Image.new("RGB", (8, 8)).save("p.png")
    first = Utterance(
        "u1", tmp_path / "long.wav", 0.5, "ja", 0.0, "s", tmp_path / "p.png", "p", "a 犬", ("dog",), WORDS
    )
    write_manifest("speech.jsonl", [first, replace(first, id="u2", offset=0.5)])
    return tmp_path


def export(kind: str, *more: str) -> int:
    return main(["export", kind, "speech.jsonl", "out", *more])


@pytest.mark.parametrize("kind", ["nemo", "lhotse"])
def test_what_holds_everything_loses_nothing(
    folder: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(kind) == DONE
    assert main(["import", kind, "out", "back.jsonl"]) == DONE
    assert read_manifest("back.jsonl") == read_manifest("speech.jsonl")
    captured = capsys.readouterr()
    assert captured.out == "out\nback.jsonl\n"
    assert "not held" not in captured.err


def test_what_kaldi_cannot_hold_is_named_and_counted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export("kaldi") == DONE
    assert "not held by Kaldi data folder: 2 × field 'image_filepath'\n" in capsys.readouterr().err
    assert main(["import", "kaldi", "out", "back.jsonl"]) == DONE
    lost = {"image_filepath": None, "image_id": None, "translations": ()}
    assert read_manifest("back.jsonl") == [replace(u, **lost) for u in read_manifest("speech.jsonl")]


def test_shards_are_unpacked_beside_the_manifest(folder: Path) -> None:
    assert export("webdataset", "--samples", "1", "--megabytes", "2") == DONE
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["000000.tar", "000001.tar"]
    assert main(["import", "webdataset", "out", "back.jsonl"]) == DONE
    for before, after in zip(read_manifest("speech.jsonl"), read_manifest("back.jsonl"), strict=True):
        assert (after.id, after.text, after.words) == (before.id, before.text, before.words)
        assert after.audio_filepath.is_relative_to(folder / "back_files")
    assert main(["import", "webdataset", "out", "again.jsonl"]) == DONE
    (folder / "again.jsonl").unlink()
    assert main(["import", "webdataset", "out", "again.jsonl"]) == USAGE


def test_textgrids_give_a_manifest_its_words(folder: Path) -> None:
    assert export("textgrid") == DONE
    utterances = read_manifest("speech.jsonl")
    write_manifest("bare.jsonl", [replace(utterance, words=()) for utterance in utterances])
    assert main(["import", "textgrid", "out", "back.jsonl", "--manifest", "bare.jsonl"]) == DONE
    assert read_manifest("back.jsonl") == utterances


def test_textgrids_beside_recordings(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export("textgrid") == DONE
    (folder / "long.wav").rename(folder / "out/u1.wav")
    assert main(["import", "textgrid", "out", "back.jsonl"]) == USAGE
    assert "--lang CODE" in capsys.readouterr().err
    assert main(["import", "textgrid", "out", "back.jsonl", "--lang", "ja"]) == IN_PART
    assert "set aside: 1 × no recording lies beside it: u2.TextGrid\n" in capsys.readouterr().err
    assert [utterance.words for utterance in read_manifest("back.jsonl")] == [WORDS]


def test_wav2vec_us_lists(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "train.tsv").write_text(f"{folder}\nlong.wav\t8000\n")
    assert main(["import", "wav2vec_u", "train.tsv", "back.jsonl"]) == USAGE
    assert main(["import", "wav2vec_u", "train.tsv", "back.jsonl", "--lang", "en"]) == DONE
    assert read_manifest("back.jsonl") == [Utterance("long.wav", folder / "long.wav", 0.5, "en")]


def test_a_part_that_cannot_be_read_is_set_aside(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    utterances = read_manifest("speech.jsonl")
    gone = [replace(utterances[0], id=f"gone{n}", audio_filepath=folder / "gone.wav") for n in range(7)]
    write_manifest("speech.jsonl", [*utterances, *gone])
    assert export("lhotse") == IN_PART
    said = "set aside: 7 × recording is missing: gone0, gone1, gone2, gone3, gone4 …\n"
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["nemo", "lhotse", "kaldi", "webdataset", "textgrid"])
def test_what_exists_is_not_written_over(folder: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "out").write_text("mine")
    assert export(kind) == USAGE
    assert main(["import", kind, "speech.jsonl", "out"]) == USAGE
    assert capsys.readouterr().err.count("exists and is not an empty folder") == 2
    assert (folder / "out").read_text() == "mine"


@pytest.mark.parametrize("kind", ["nemo", "lhotse", "kaldi", "webdataset", "textgrid", "wav2vec_u"])
def test_a_source_that_is_not_there_is_told_alike(
    folder: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", kind, "nowhere", "back.jsonl", "--lang", "en"]) == FAILED
    assert "error: nowhere: there is no such file or folder (check the path)" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["nemo", "lhotse", "kaldi", "webdataset", "textgrid"])
def test_a_folder_is_no_manifest(folder: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", kind, ".", "out"]) == USAGE
    assert ".: is a folder, not a manifest (name a manifest in it" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["import"], ["export"], ["import", "kaldi"], ["export", "textgrid"]])
def test_help_is_told(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit:
        main([*words, "--help"])
    assert exit.value.code == DONE and "stderr" in capsys.readouterr().out


def test_a_pipe_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "data").mkdir()
    (folder / "data/wav.scp").write_text("u touch ran |\n")
    assert main(["import", "kaldi", "data", "back.jsonl", "--lang", "en"]) == FAILED
    assert "wav.scp:1: 'touch ran |' is a command, which is not run" in capsys.readouterr().err
    assert not (folder / "ran").exists() and not (folder / "back.jsonl").exists()
