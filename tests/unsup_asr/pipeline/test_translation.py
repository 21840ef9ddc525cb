"""A run reorders and writes anew what it has decoded; without being asked to, it does nothing of the kind."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from segmenters.recognised.recogniser import Recogniser
from tests.unsup_asr.pipeline.tone_run import LOOP, made, tone_config
from unsup_asr.cli.listeners import StudentListener, listener
from unsup_asr.cli.recordings import recordings
from unsup_asr.corpora.manifests import ManifestsConfig
from unsup_asr.decoding.reordering import ReorderingConfig
from unsup_asr.files import read_json, read_jsonl
from unsup_asr.models.ctc_student import CtcStudentConfig
from unsup_asr.models.denoiser import DenoiserConfig
from unsup_asr.pipeline.config import RunConfig
from unsup_asr.pipeline.run import run
from unsup_asr.pipeline.translation_config import TranslationConfig
from unsup_asr.speech_to_text import SpeechToText
from unsup_asr.training import loop
from unsup_asr.training.denoising import DenoisingConfig
from unsup_asr.training.loop import LoopConfig
from unsup_asr.training.student_training import StudentConfig

pytestmark = pytest.mark.usefixtures("own_cache")

STAGES = ["semantic", "adversarial", "self_training", "reordered", "denoised"]
SMALL = TranslationConfig(
    reorder=True,
    denoise=True,
    reordering=ReorderingConfig(beam=4, window=2),
    denoiser=DenoiserConfig(width=16, hidden=16, layers=1, heads=2),
    denoising=DenoisingConfig(LOOP, batch=8),
)


@pytest.fixture(scope="module")
def config(data, tiny_clip) -> RunConfig:
    plain = tone_config(data, tiny_clip, segmenter="energy")
    return replace(plain, self_training=replace(plain.self_training, rounds=1), translation=SMALL)


@pytest.fixture(scope="module")
def finished(config, tmp_path_factory) -> Path:
    """A run that has ended. Do not change it."""
    folder = tmp_path_factory.mktemp("translated")
    run(config, folder)
    return folder


def recorded(data: ManifestsConfig) -> list[Path]:
    assert data.test
    return [Path(data.test).parent / row["audio_filepath"] for row in read_jsonl(Path(data.test))]


def test_both_parts_have_their_figures_before_and_after(finished):
    results = read_json(finished / "results.json")
    assert [stage["name"] for stage in results["stages"]] == STAGES
    last = results["stages"][-1]
    assert (last["wer"], last["bleu"]) == (results["wer"], results["bleu"])
    figures = read_json(finished / "scored" / "translation.json")
    assert [stage["stage"] for stage in figures["stages"]] == STAGES[2:]
    assert [stage["bleu"] for stage in figures["stages"]] == [
        stage["bleu"] for stage in results["stages"][2:]
    ]
    assert figures["stages"][-1]["chance_bleu"] == results["chance_bleu"]
    assert figures["unigram"]["bleu"] is not None and figures["nearest_caption"]["bleu"] is not None
    for split in ("validation", "test"):
        for stage in STAGES[3:]:
            rows = read_jsonl(finished / "decoded" / f"{stage}.{split}.jsonl")
            assert all(len(row["sources"]) == len(row["text"].split()) for row in rows)


def test_transcribe_writes_what_the_last_stage_wrote(finished, data):
    written = SpeechToText.from_pretrained(finished).transcribe_all(recorded(data))
    decoded = read_jsonl(finished / "decoded" / "denoised.test.jsonl")
    assert [each.text for each in written] == [row["text"] for row in decoded]


def test_without_being_asked_a_run_does_not_translate(config, finished, tmp_path):
    run(replace(config, translation=TranslationConfig()), tmp_path)
    assert [stage["name"] for stage in read_json(tmp_path / "results.json")["stages"]] == STAGES[:3]
    names = made(tmp_path)
    assert not [name for name in names if "denoised" in name or "reordered" in name or "translat" in name]
    # Self-training learns from another order; the stages before it know nothing of that.
    earlier = made(finished)
    stages = [name for name in names if name.startswith(("checkpoints/semantic", "decoded/adversarial"))]
    assert stages and all(names[name] == earlier[name] for name in stages)


def test_teachers_read_the_beams_text_in_those_stages_that_say_so(config, finished, tmp_path):
    first, second = config.stages
    run(replace(config, stages=[first, replace(second, reordered=True)]), tmp_path)
    names, plain = made(tmp_path), made(finished)
    last = {
        stage: f"checkpoints/{stage}/start-0/step-{LOOP.updates}/tensors.safetensors" for stage in STAGES[:2]
    }
    assert names[last["semantic"]] == plain[last["semantic"]]
    assert names[last["adversarial"]] != plain[last["adversarial"]]
    assert read_json(tmp_path / "results.json")["wer"] is not None


def test_words_of_another_order_are_found_by_that_order(config, tmp_path):
    """A recogniser's bigrams are the captions' where a run keeps their order, else those of what was decoded."""
    found = {}
    for translation in (TranslationConfig(), SMALL):
        folder = tmp_path / str(translation.reorder)
        run(
            replace(config, re_estimation=replace(config.re_estimation, rounds=1), translation=translation),
            folder,
        )
        recogniser = Recogniser.load(folder / "checkpoints" / "re_estimation" / "round-0" / "recogniser")
        found[translation.reorder] = recogniser.transitions
    sums = found[True][1:].exp().sum(dim=1)
    torch.testing.assert_close(sums, torch.ones_like(sums))
    assert not torch.allclose(found[True], found[False], atol=0.1)
    assert read_json(tmp_path / "True" / "results.json")["segments_per_word"] is not None


@pytest.mark.parametrize("saved", [9, 10])
def test_interrupted_it_comes_to_the_same_bytes(config, finished, tmp_path, monkeypatch, saved):
    """It ends right after a checkpoint of the denoiser."""
    keep, left = loop.save_checkpoint, [saved]

    def once(*arguments):
        keep(*arguments)
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(loop, "save_checkpoint", once)
        run(config, tmp_path)
    assert list((tmp_path / "checkpoints" / "denoised").glob("step-*"))
    run(config, tmp_path)
    assert made(tmp_path) == made(finished)


def test_a_students_words_are_translated_too(config, data, tmp_path):
    student = StudentConfig(network=CtcStudentConfig(width=16, blocks=1), loop=LoopConfig(2, 2, 1), batch=8)
    config = replace(config, student=student, self_training=replace(config.self_training, rounds=0))
    run(config, tmp_path)
    stages = [stage["name"] for stage in read_json(tmp_path / "results.json")["stages"]]
    assert stages == [*STAGES[:2], "student", *STAGES[3:]]
    heard = recordings(recorded(data))
    listening = listener(tmp_path, None, None, "cpu", heard)
    assert isinstance(listening, StudentListener)
    written = [transcription.text for _, transcription in listening.listen(heard)]
    decoded = read_jsonl(tmp_path / "decoded" / "denoised.test.jsonl")
    assert written == [row["text"] for row in decoded]
