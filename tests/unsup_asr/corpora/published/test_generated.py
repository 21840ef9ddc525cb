"""The corpora that are made: the same bytes as the recipes make, and told of like the others."""

from pathlib import Path

import pytest

from tests.unsup_asr.corpora.published.media import write_recording
from unsup_asr.corpora.digits import DigitsConfig, prepare_digits
from unsup_asr.corpora.mini.build import MiniConfig
from unsup_asr.corpora.preparation import read_record, write_preparation
from unsup_asr.corpora.published.fsdd import prepare_fsdd
from unsup_asr.corpora.published.mini import prepare_mini_files
from unsup_asr.data.manifest import read_manifest
from unsup_asr.errors import InputError, UsageError

FSDD = Path(__file__).resolve().parents[4] / "../shared/data/fsdd"
needs_fsdd = pytest.mark.skipif(not FSDD.is_dir(), reason="needs the spoken digits in shared/data")
SIZES = {"train": 3, "validation": 2, "test": 2, "unpaired": 6}


@pytest.fixture
def tones(tmp_path):
    """A dataset of two speakers, in its clone's layout."""
    for digit in range(10):
        for speaker in ("ann", "bob"):
            for index in (0, 1, 5):
                name = f"{digit}_{speaker}_{index}.wav"
                write_recording(tmp_path / "clone" / "recordings" / name, 0.3, 8000)
    return tmp_path / "clone"


def test_digits_are_those_of_the_recipe(tones, tmp_path):
    prepared = prepare_fsdd(tones, tmp_path / "out", DigitsConfig(**SIZES))
    record = write_preparation(prepared, tmp_path / "out")
    prepare_digits(DigitsConfig(fsdd=str(tones / "recordings"), **SIZES), tmp_path / "recipe")
    for name in ("train.jsonl", "validation.jsonl", "test.jsonl", "captions.txt"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "recipe" / name).read_bytes()
    assert (record.corpus, record.kept, record.captions, record.reference_kind) == (
        "fsdd", {"train": 3, "validation": 2, "test": 2}, 6, "gold",
    )  # fmt: skip
    assert all(utterance.words for utterance in read_manifest(tmp_path / "out" / "train.jsonl"))


def test_a_folder_of_other_settings_is_refused_and_the_same_is_done_again(tones, tmp_path):
    first = prepare_fsdd(tones, tmp_path / "out", DigitsConfig(**SIZES))
    assert prepare_fsdd(tones / "recordings", tmp_path / "out", DigitsConfig(**SIZES)) == first
    with pytest.raises(UsageError, match=r"train is 3 there, 4 here \(name a new folder\)"):
        prepare_fsdd(tones, tmp_path / "out", DigitsConfig(**{**SIZES, "train": 4}))


def test_recordings_that_are_missing_are_asked_for(tmp_path):
    with pytest.raises(InputError, match="free-spoken-digit-dataset"):
        prepare_fsdd(tmp_path / "none", tmp_path / "out", DigitsConfig(**SIZES))


def test_a_wrong_root_can_be_corrected(tones, tmp_path):
    with pytest.raises(InputError):
        prepare_fsdd(tmp_path / "none", tmp_path / "out", DigitsConfig(**SIZES))
    assert len(prepare_fsdd(tones, tmp_path / "out", DigitsConfig(**SIZES)).splits["train"]) == SIZES["train"]


@needs_fsdd
def test_digits_of_real_people(tmp_path):
    prepared = prepare_fsdd(FSDD, tmp_path / "out", DigitsConfig(**SIZES))
    assert {utterance.speaker for utterance in prepared.splits["train"]} <= {
        "george",
        "jackson",
        "nicolas",
        "theo",
    }
    assert write_preparation(prepared, tmp_path / "out") == read_record(tmp_path / "out")


def test_the_mini_corpus_as_files(tmp_path):
    prepared = prepare_mini_files(tmp_path / "out", MiniConfig(**SIZES))
    record = write_preparation(prepared, tmp_path / "out")
    assert (record.corpus, record.kept, record.captions) == (
        "mini",
        {"train": 3, "validation": 2, "test": 2},
        6,
    )
    for utterance in read_manifest(tmp_path / "out" / "test.jsonl"):
        assert utterance.audio_filepath.is_file() and utterance.image_filepath.is_file() and utterance.words
    assert prepare_mini_files(tmp_path / "out", MiniConfig(**SIZES)) == prepared
    with pytest.raises(UsageError, match="seed is 0 there, 1 here"):
        prepare_mini_files(tmp_path / "out", MiniConfig(seed=1, **SIZES))
