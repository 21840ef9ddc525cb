"""`unsup-asr export wav2vec_u`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from unsup_asr.cli.main import main
from unsup_asr.cli.status import DONE, IN_PART, USAGE
from unsup_asr.corpora.preparation import RECORD, Preparation, write_preparation
from unsup_asr.corpora.wav2vec_u.features import read_features
from unsup_asr.data.manifest import Utterance, write_manifest

POOLED = "features/precompute_pca20_cls128_mean_pooled"


@pytest.fixture
def words(
    tmp_path: Path, write_wav: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[str]]:
    """The command's words, for three utterances, the last of which may be missing."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "captions.txt").write_text("a dog sees a cat\n")
    paths = [write_wav(f"{n}.wav", 1.0, seed=n) for n in range(3)]
    spoken = [Utterance(f"u-{n}", path, 1.0, "en", text="a cat") for n, path in enumerate(paths)]
    write_manifest(tmp_path / "speech.jsonl", spoken)
    data = [f"data.{name}={tmp_path / 'speech.jsonl'}" for name in ("manifest", "validation", "test")]
    data.append(f"data.captions={tmp_path / 'captions.txt'}")

    def command(*more: str) -> list[str]:
        return ["export", "wav2vec_u", "generic", str(tmp_path / "out"), *data, "--encoder", "log_mel", *more]

    return command


def test_a_folder_is_written(
    words: Callable[..., list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words("--silence", "0")) == DONE
    assert capsys.readouterr().out == f"{tmp_path / 'out'}\n"
    split = read_features(tmp_path / "out" / POOLED, "test")
    assert [utterance.id for utterance in split.utterances] == ["u-0", "u-1", "u-2"]
    plain = tmp_path / "out" / "text" / "phones" / "lm.phones.filtered.txt"
    assert plain.read_text() == "<SIL> eI d 0 g s i: z eI k a t <SIL>\n"


def test_what_is_left_out_is_named(
    words: Callable[..., list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "2.wav").unlink()
    assert main(words()) == IN_PART
    assert "set aside: u-2: " in capsys.readouterr().err


def test_a_folder_that_holds_something_is_refused(
    words: Callable[..., list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("")
    assert main(words()) == USAGE
    assert "exists and is not an empty folder" in capsys.readouterr().err


def test_a_silence_that_is_no_probability_is_refused(
    words: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words("--silence", "2")) == USAGE
    assert "a silence of 2.0 is no probability" in capsys.readouterr().err


@pytest.fixture
def prepared(tmp_path: Path, write_wav: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as `prepare` leaves it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    splits = {
        split: [Utterance(f"{split}-{n}", write_wav(f"{split}-{n}.wav", 1.0, seed=n), 1.0, "en", text="a cat")
                for n in range(2)]
        for split in ("train", "validation", "test")
    }  # fmt: skip
    folder = tmp_path / "my data, at home"
    write_preparation(Preparation("mine", splits, ["a dog sees a cat"], "gold", "a file"), folder)
    return folder


@pytest.mark.parametrize("absolute", [True, False])
def test_a_prepared_folder_stands_for_a_recipe(prepared: Path, tmp_path: Path, absolute: bool) -> None:
    named = str(prepared) if absolute else prepared.name
    assert main(["export", "wav2vec_u", named, "out", "--encoder", "log_mel"]) == DONE
    for split, name in {"train": "train", "valid": "validation", "test": "test"}.items():
        heard = read_features(tmp_path / "out" / POOLED, split)
        assert [utterance.id for utterance in heard.utterances] == [f"{name}-0", f"{name}-1"]
    assert (tmp_path / "out" / "text" / "phones" / "lm.phones.filtered.txt").is_file()


def test_a_manifest_stands_for_a_recipe_with_captions_besides(
    prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["export", "wav2vec_u", "--encoder", "log_mel", f"{prepared.name}/train.jsonl", "out"]
    assert main(words) == USAGE
    assert "data.captions is missing (say data.captions=FILE, " in capsys.readouterr().err
    files = [f"data.{name}={prepared / file}" for name, file in
             (("captions", "captions.txt"), ("validation", "validation.jsonl"))]  # fmt: skip
    assert main([*words, *files]) == DONE
    heard = read_features(tmp_path / "out" / POOLED, "train")
    assert [utterance.id for utterance in heard.utterances] == ["train-0", "train-1"]


def test_what_is_neither_recipe_nor_path_is_refused(
    prepared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "wav2vec_u", "nowhere", "out"]) == USAGE
    said = capsys.readouterr().err
    assert "there is no recipe 'nowhere'" in said and "generic" in said
    (prepared / RECORD).unlink()
    assert main(["export", "wav2vec_u", prepared.name, "out"]) == USAGE
    assert "was not prepared to the end" in capsys.readouterr().err
