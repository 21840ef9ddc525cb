"""One's own data: a held-out split without a leak, normalised captions, errors that name the place."""

from pathlib import Path

import pytest

from unsup_asr.corpora.manifests import ManifestsConfig, prepare_manifests
from unsup_asr.corpora.preparation import Preparation, write_preparation
from unsup_asr.data.manifest import Utterance, read_manifest, write_manifest
from unsup_asr.errors import InputError, UsageError


def utterances(pictures: int, name: str = "train") -> list[Utterance]:
    """Five utterances a picture."""
    return [
        Utterance(f"{name}-{p}-{n}", Path(f"audio/{p}-{n}.wav"), 2.0, "en", image_filepath=Path(f"{p}.jpg"))
        for p in range(pictures)
        for n in range(5)
    ]


@pytest.fixture
def config(tmp_path: Path) -> ManifestsConfig:
    write_manifest(tmp_path / "mine.jsonl", utterances(200))
    (tmp_path / "mine.txt").write_text("A dog, running!\n\nTwo T-shirts’ colours\n", encoding="utf-8")
    return ManifestsConfig(
        manifest=str(tmp_path / "mine.jsonl"), captions=str(tmp_path / "mine.txt"), held_out=0.2
    )


def test_held_out_pictures_are_not_trained_on(config: ManifestsConfig, tmp_path: Path) -> None:
    prepare_manifests(config, tmp_path / "out")
    train, validation = (
        read_manifest(tmp_path / "out" / f"{split}.jsonl") for split in ("train", "validation")
    )
    assert not {u.image_filepath for u in train} & {u.image_filepath for u in validation}
    assert {u.id for u in train + validation} == {u.id for u in utterances(200)}
    assert len(train) + len(validation) == 1000
    assert len({u.image_filepath for u in validation}) == pytest.approx(40, abs=17)  # 3 sd
    assert len(validation) == 5 * len({u.image_filepath for u in validation})


def test_what_is_held_out_does_not_depend_on_the_rest(config: ManifestsConfig, tmp_path: Path) -> None:
    prepare_manifests(config, tmp_path / "all")
    assert config.manifest is not None
    write_manifest(config.manifest, utterances(100)[::-1])
    prepare_manifests(config, tmp_path / "half")
    held_out = {u.image_filepath for u in read_manifest(tmp_path / "all" / "validation.jsonl")}
    still = {u.image_filepath for u in read_manifest(tmp_path / "half" / "validation.jsonl")}
    assert still == {path for path in held_out if path is not None and int(path.stem) < 100}


def test_audio_and_pictures_stay_where_they_are(config: ManifestsConfig, tmp_path: Path) -> None:
    prepare_manifests(config, tmp_path / "out")
    first = read_manifest(tmp_path / "out" / "train.jsonl")[0]
    here = {u.id: u for u in read_manifest(tmp_path / "mine.jsonl")}
    assert first == here[first.id]


def test_captions_are_normalised(config: ManifestsConfig, tmp_path: Path) -> None:
    prepare_manifests(config, tmp_path / "out")
    assert (tmp_path / "out" / "captions.txt").read_text() == "a dog running\ntwo t shirts colours\n"


def test_named_validation_and_test_sets_are_taken_whole(config: ManifestsConfig, tmp_path: Path) -> None:
    for name in ("validation", "test"):
        write_manifest(tmp_path / f"my_{name}.jsonl", utterances(3, name))
        setattr(config, name, str(tmp_path / f"my_{name}.jsonl"))
    prepare_manifests(config, tmp_path / "out")
    sizes = {
        name: len(read_manifest(tmp_path / "out" / f"{name}.jsonl"))
        for name in ("train", "validation", "test")
    }
    assert sizes == {"train": 1000, "validation": 15, "test": 15}


def test_without_a_test_set_there_is_none(config: ManifestsConfig, tmp_path: Path) -> None:
    prepare_manifests(config, tmp_path / "out")
    assert not (tmp_path / "out" / "test.jsonl").exists()


@pytest.mark.parametrize("name", ["manifest", "captions"])
def test_what_must_be_named_is_asked_for(name: str, config: ManifestsConfig, tmp_path: Path) -> None:
    setattr(config, name, None)
    remedy = rf"\(say data\.{name}=FILE, or data\.folder=PREPARED\)"
    with pytest.raises(UsageError, match=rf"data\.{name} is missing {remedy}"):
        prepare_manifests(config, tmp_path / "out")


def test_a_broken_line_is_named(config: ManifestsConfig, tmp_path: Path) -> None:
    assert config.manifest is not None
    lines = Path(config.manifest).read_text().splitlines()
    lines[6] = lines[6].replace('"duration": 2.0', '"duration": -1')
    Path(config.manifest).write_text("\n".join(lines))
    with pytest.raises(InputError, match=r"mine\.jsonl:7: .*duration"):
        prepare_manifests(config, tmp_path / "out")


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_that_leaves_nothing_is_refused(
    share: float, config: ManifestsConfig, tmp_path: Path
) -> None:
    config.held_out = share
    with pytest.raises(InputError, match=r"utterances are left for training.*data\.validation=FILE"):
        prepare_manifests(config, tmp_path / "out")


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    splits = {name: utterances(3, name) for name in ("train", "validation", "test")}
    write_preparation(Preparation("tiny", splits, ["A boat."], "gold", "a file"), tmp_path / "prepared")
    return tmp_path / "prepared"


def test_a_prepared_folder_stands_for_its_files(prepared: Path, tmp_path: Path) -> None:
    config = ManifestsConfig(folder=str(prepared))
    assert config == ManifestsConfig(
        folder=str(prepared),
        manifest=str(prepared / "train.jsonl"),
        captions=str(prepared / "captions.txt"),
        validation=str(prepared / "validation.jsonl"),
        test=str(prepared / "test.jsonl"),
    )
    prepare_manifests(config, tmp_path / "out")
    for name in ("train", "validation", "test"):
        read = read_manifest(tmp_path / "out" / f"{name}.jsonl")
        assert read == read_manifest(prepared / f"{name}.jsonl")
    assert (tmp_path / "out" / "captions.txt").read_text() == "a boat\n"


def test_what_is_named_apart_counts(prepared: Path, tmp_path: Path) -> None:
    config = ManifestsConfig(folder=str(prepared), captions="mine.txt", test="other.jsonl")
    assert (config.captions, config.test) == ("mine.txt", "other.jsonl")
    assert config.manifest == str(prepared / "train.jsonl")


def test_what_a_folder_does_not_have_is_not_named(tmp_path: Path) -> None:
    splits = {"train": utterances(3), "validation": []}
    write_preparation(Preparation("tiny", splits, [], None, "none"), tmp_path)
    config = ManifestsConfig(folder=str(tmp_path))
    assert (config.validation, config.test, config.captions) == (None, None, None)
    with pytest.raises(UsageError, match=r"data\.captions is missing"):
        prepare_manifests(config, tmp_path / "out")


def test_a_folder_that_was_not_prepared_to_the_end_is_refused(prepared: Path, tmp_path: Path) -> None:
    (prepared / "preparation.json").unlink()
    with pytest.raises(UsageError, match=r"preparation\.json is missing \(say: unsup-asr prepare"):
        prepare_manifests(ManifestsConfig(folder=str(prepared)), tmp_path / "out")
