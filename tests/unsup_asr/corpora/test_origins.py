"""What results say of the texts they rest on."""

from dataclasses import replace
from pathlib import Path

import pytest

from unsup_asr.corpora.digits import DigitsConfig
from unsup_asr.corpora.evaluation_set import EvaluationSetConfig, read_evaluation_set
from unsup_asr.corpora.manifests import ManifestsConfig
from unsup_asr.corpora.mini.build import MiniConfig
from unsup_asr.corpora.origins import Origins, origins
from unsup_asr.corpora.preparation import RECORD, Preparation, write_preparation
from unsup_asr.data.manifest import Utterance, write_manifest
from unsup_asr.errors import InputError, UsageError


def utterance(id: str, text: str | None = "a boat") -> Utterance:
    return Utterance(id, Path(f"{id}.wav"), 1.0, "en", image_id=id, text=text)


@pytest.fixture
def prepared(tmp_path) -> Path:
    """A prepared folder whose references are captions of the picture."""
    splits = {split: [utterance(split)] for split in ("train", "validation", "test")}
    preparation = Preparation("places_hi", splits, ["a red boat"], "image_caption", "seven pictures")
    write_preparation(preparation, tmp_path / "prepared")
    return tmp_path / "prepared"


def test_a_prepared_folder_tells_of_its_own_files(prepared):
    told = Origins("image_caption", "seven pictures")
    assert origins(ManifestsConfig(folder=str(prepared))) == told
    assert origins(ManifestsConfig(folder=f"{prepared}/")) == told
    assert origins(EvaluationSetConfig(folder=str(prepared))) == Origins("image_caption", None)


def test_files_that_are_named_instead_are_not_the_folders(prepared, tmp_path):
    other = ManifestsConfig(folder=str(prepared), captions="news/lines.txt", test="other.jsonl")
    assert origins(other) == Origins("gold", "the file lines.txt")
    assert origins(ManifestsConfig(manifest="a.jsonl", captions="b.txt")) == Origins("gold", "the file b.txt")
    assert origins(EvaluationSetConfig(test="other.jsonl")) == Origins("gold", None)


def test_made_corpora_know_what_was_said():
    for config in (MiniConfig(), DigitsConfig()):
        told = origins(config)
        assert told.reference_kind == "gold" and told.captions_from


def test_an_evaluation_set_is_the_test_of_a_prepared_folder_or_a_manifest(prepared, tmp_path):
    assert [u.id for u in read_evaluation_set(EvaluationSetConfig(folder=str(prepared)))] == ["test"]
    write_manifest(tmp_path / "mine.jsonl", [utterance("mine")])
    config = EvaluationSetConfig(folder=str(prepared), test=str(tmp_path / "mine.jsonl"))
    assert [u.id for u in read_evaluation_set(config)] == ["mine"]


def test_an_evaluation_set_that_cannot_be_scored_is_refused(prepared, tmp_path):
    with pytest.raises(
        UsageError, match=r"data.test is missing \(say data.folder=FOLDER or data.test=FILE\)"
    ):
        read_evaluation_set(EvaluationSetConfig())
    write_manifest(tmp_path / "mute.jsonl", [utterance("ready"), utterance("mute", None)])
    with pytest.raises(InputError, match="1 of 2 utterances have no English reference; the first: mute"):
        read_evaluation_set(EvaluationSetConfig(test=str(tmp_path / "mute.jsonl")))
    hindi = [
        replace(utterance("spoken", "एक नाव"), lang="hi", translations=texts) for texts in (("a boat",), ())
    ]
    write_manifest(tmp_path / "hindi.jsonl", [hindi[0], replace(hindi[1], id="foreign")])
    with pytest.raises(InputError, match=r"the first: foreign, in 'hi' .*translations"):
        read_evaluation_set(EvaluationSetConfig(test=str(tmp_path / "hindi.jsonl")))
    (prepared / RECORD).unlink()
    with pytest.raises(UsageError, match=f"not prepared to the end: {RECORD} is missing"):
        read_evaluation_set(EvaluationSetConfig(folder=str(prepared)))
