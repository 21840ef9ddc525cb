"""The boundary head is fine-tuned in a run; what comes after listens to its new segments."""

from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.torch import load_file

from segmenters.boundary_head import BoundaryHead
from segmenters.segmentation import read_segmentations
from tests.unsup_asr.pipeline.tone_run import LOOP, made, tone_config, tuning
from unsup_asr.errors import UsageError
from unsup_asr.files import read_json, read_jsonl
from unsup_asr.pipeline import boundary_tuning
from unsup_asr.pipeline.boundary_tuning import STAGE, check_tuning
from unsup_asr.pipeline.boundary_tuning_config import HeadTuningConfig
from unsup_asr.pipeline.config import RunConfig
from unsup_asr.pipeline.run import run
from unsup_asr.pipeline.segment_scores import FILE
from unsup_asr.segmentation.config import SegmentationConfig
from unsup_asr.speech_to_text import SpeechToText
from unsup_asr.training import loop

pytestmark = pytest.mark.usefixtures("own_cache")

KINDS = ("soft", "policy")


@pytest.fixture(scope="module")
def config(data, tiny_clip) -> RunConfig:
    return tone_config(data, tiny_clip)


@pytest.fixture(scope="module")
def tuned_runs(config, tmp_path_factory) -> dict[str, Path]:
    """A finished run of each kind. Do not change them."""
    folders = {kind: tmp_path_factory.mktemp(kind) for kind in KINDS}
    for kind, folder in folders.items():
        run(replace(config, boundary_tuning=tuning(kind)), folder)
    return folders


@pytest.mark.parametrize("kind", KINDS)
def test_the_stage_has_its_figures(tuned_runs, kind):
    folder = tuned_runs[kind]
    results = read_json(folder / "results.json")
    assert [stage["name"] for stage in results["stages"]] == ["semantic", "adversarial", STAGE]
    assert results["stages"][-1]["wer"] == results["wer"] and results["stages"][-1]["seconds"] > 0
    assert results["segmentation"] == "boundary_head"
    (judged,) = (row for row in read_jsonl(folder / "selection.jsonl") if row["stage"] == STAGE)
    assert judged["chosen"]
    scored = read_json(folder / FILE)
    assert [row["stage"] for row in scored] == ["semantic", "adversarial", STAGE]
    assert all(row["boundary_f1"] is not None and row["segments_per_word"] > 0 for row in scored)
    trained = [row["stage"] for row in read_jsonl(folder / "metrics.jsonl")]
    assert trained.count(f"{STAGE}_head") == trained.count(STAGE) == LOOP.updates


@pytest.mark.parametrize("kind", KINDS)
def test_all_splits_are_cut_anew_at_the_captions_rate(tuned_runs, kind):
    folder = tuned_runs[kind]
    rate = read_json(folder / "segmenter.json")["words_per_second"]
    for split in ("train", "validation", "test"):
        before = read_segmentations(folder / "segments" / f"{split}.jsonl")
        after = read_segmentations(folder / "segments" / STAGE / f"{split}.jsonl")
        assert [item.id for item in after] == [item.id for item in before]
    train = read_segmentations(folder / "segments" / STAGE / "train.jsonl")
    words = rate * sum(item.duration for item in train)
    assert sum(len(item.spans) for item in train) == pytest.approx(words, abs=1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_tuned_head_goes_with_the_model(tuned_runs, kind, data):
    """It finds in the test recordings what the run has found there, and the same text is written."""
    folder = tuned_runs[kind]
    model = SpeechToText.from_pretrained(folder)
    assert isinstance(model.segmenter.learned, BoundaryHead) and model.config.segmenter == "boundary_head"
    recordings = [Path(row["audio_filepath"]) for row in read_jsonl(Path(data.test))]
    written = model.transcribe_all([Path(data.test).parent / path for path in recordings])
    decoded = read_jsonl(folder / "decoded" / f"{STAGE}.test.jsonl")
    assert [each.text for each in written] == [row["text"] for row in decoded]


def test_rewards_move_the_head_alone_and_gradients_the_generator_too(tuned_runs):
    for kind, modules in (("soft", {"head", "generator", "discriminator"}), ("policy", {"head"})):
        checkpoint = tuned_runs[kind] / "checkpoints" / STAGE / "head" / f"step-{LOOP.updates}"
        names = {
            name.split("/")[1] for name in load_file(checkpoint / "tensors.safetensors") if "module/" in name
        }
        assert names == modules


def test_without_tuning_nothing_of_it_is_there(config, tmp_path):
    run(config, tmp_path)
    assert STAGE not in [stage["name"] for stage in read_json(tmp_path / "results.json")["stages"]]
    assert not (tmp_path / "segments" / STAGE).exists() and not (tmp_path / "checkpoints" / STAGE).exists()


def test_later_stages_go_on_in_the_new_segments(config, tuned_runs, tmp_path):
    longer = replace(
        config,
        boundary_tuning=tuning("soft"),
        re_estimation=replace(config.re_estimation, rounds=1),
        self_training=replace(config.self_training, rounds=1),
    )
    run(longer, tmp_path)
    stages = [stage["name"] for stage in read_json(tmp_path / "results.json")["stages"]]
    assert stages == ["semantic", "adversarial", STAGE, "re_estimation", "self_training"]
    earlier, later = (made(folder) for folder in (tuned_runs["soft"], tmp_path))
    tuned = [name for name in earlier if f"{STAGE}/" in name]
    assert tuned and all(later[name] == earlier[name] for name in tuned)
    assert read_json(tmp_path / "model" / "config.json")["segmenter"] == "recognised"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("saved", [5, 7, 8, 10])
def test_interrupted_anywhere_it_comes_to_the_same_bytes(
    config, tuned_runs, tmp_path, monkeypatch, kind, saved
):
    """It ends right after a checkpoint of any part, or where the speech is cut anew."""
    settings, left = replace(config, boundary_tuning=tuning(kind)), [saved]
    keep, cut = loop.save_checkpoint, boundary_tuning.write_segmentations

    def interrupting(do):
        def once(*arguments):
            do(*arguments)
            left[0] -= 1
            if not left[0]:
                raise KeyboardInterrupt

        return once

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(loop, "save_checkpoint", interrupting(keep))
        patch.setattr(boundary_tuning, "write_segmentations", interrupting(cut))
        run(settings, tmp_path)
    run(settings, tmp_path)
    assert made(tmp_path) == made(tuned_runs[kind])


def test_what_is_done_is_not_done_again(config, tuned_runs):
    folder = tuned_runs["soft"]
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    run(replace(config, boundary_tuning=tuning("soft")), folder)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()} == before


def test_a_share_of_the_speech_can_teach_the_head(config, tuned_runs, tmp_path):
    run(replace(config, boundary_tuning=tuning("policy", utterances=9)), tmp_path)
    assert len(read_segmentations(tmp_path / "segments" / STAGE / "train.jsonl")) == 27
    head = Path("checkpoints") / STAGE / "head" / f"step-{LOOP.updates}" / "tensors.safetensors"
    assert (tmp_path / head).read_bytes() != (tuned_runs["policy"] / head).read_bytes()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"boundary_tuning": HeadTuningConfig("hard")}, r"kind: is 'hard' \(choose from none, soft, policy"),
        (
            {"segmenter": "energy"},
            r"energy has no head .*segmenter=boundary_head segmentation.teacher=energy",
        ),
        ({"segmentation": SegmentationConfig(encoder="other")}, "hears other, the generator log_mel"),
        ({"languages": ["en", "hi"]}, "speech is in en, hi"),
    ],
)
def test_what_cannot_be_tuned_is_refused(config, changes, message, tmp_path):
    settings = replace(config, **{"boundary_tuning": tuning("soft"), **changes})
    with pytest.raises(UsageError, match=message):
        check_tuning(settings)
    with pytest.raises(UsageError, match=message):
        run(settings, tmp_path)
    assert not list(tmp_path.iterdir())
