"""A head learns what a segmenter found, and then, from the teachers, what it should have found."""

import copy
from dataclasses import fields

import pytest
import torch
from torch.nn import functional

from lm.kneser_ney import estimate
from segmenters.boundary_forms import BoundaryForm, FiredWeights, FormSegmenter, PeakTimes, SoftShares
from segmenters.boundary_head import BoundaryHead, BoundaryHeadConfig
from segmenters.boundary_peaks import HeadSegmenter, PeakConfig
from segmenters.distillation import DistillationTargets
from segmenters.metrics.boundaries import boundary_scores
from segmenters.segmentation import Segmentation
from tests.unsup_asr.planted import CAPTIONS, rows
from tests.unsup_asr.planted_frames import CHANNELS, HOP, SLOTS, late, planted_frames, pooled
from unsup_asr.data.spoken_frames import SpokenFrames
from unsup_asr.data.vocabulary import Vocabulary, caption_pieces
from unsup_asr.encoders.clip import Clip
from unsup_asr.errors import InputError
from unsup_asr.models.discriminator import Discriminator, DiscriminatorConfig
from unsup_asr.models.generator import GeneratorConfig, WordGenerator
from unsup_asr.training.boundary_training import (
    BoundaryGuards,
    BoundaryTuning,
    BoundaryTuningConfig,
    Distillation,
    DistillationConfig,
)
from unsup_asr.training.cascade import CascadeConfig, LossWeights, Teaching
from unsup_asr.training.health import Health
from unsup_asr.training.loop import LoopConfig, run_loop
from unsup_asr.training.metrics import MetricsLog
from unsup_asr.training.teachers import Teachers

# What is logged besides, of what is written.
HEALTH = {field.name for field in fields(Health)}

SENTENCES = CAPTIONS * 12
TARGETS = DistillationTargets(tolerance=0.04, positive_weight=1.0)
PEAKS = PeakConfig(separation=0.06)
NO_GUARDS = {"count": 0.0, "rate": 0.0, "captions": 0.0, "imitation": 0.0}
# A frame and a half.
NEAR = 0.03


@pytest.fixture(scope="module")
def teachers(tokenizer, tiny_clip) -> Teachers:
    vocabulary = Vocabulary.from_captions(CAPTIONS, tokenizer)
    arpa = estimate(caption_pieces(CAPTIONS, tokenizer), 2, discount_fallback=True)
    return Teachers.gather(vocabulary, Clip.load(str(tiny_clip)), arpa, CAPTIONS)


@pytest.fixture(scope="module")
def world(teachers, tokenizer) -> tuple[SpokenFrames, list[Segmentation]]:
    images = teachers.clip.encode_captions([tokenizer.encode(" ".join(words)) for words in SENTENCES])
    return planted_frames(rows(teachers.vocabulary, SENTENCES), len(teachers.vocabulary), images)


def distilled(spoken: SpokenFrames, found: list[Segmentation], updates: int = 100) -> BoundaryHead:
    torch.manual_seed(0)
    head = BoundaryHead(BoundaryHeadConfig(CHANNELS, hidden=32, kernels=(9, 3, 1), dropout=0.0))
    task = Distillation(DistillationConfig(16, 5e-3, TARGETS), head, spoken, found, seed=1)
    for step in range(updates):
        task.update(step)
    return head


@pytest.fixture(scope="module")
def late_head(world) -> BoundaryHead:
    """Distilled from boundaries that are all two frames late. Do not change it."""
    spoken, truth = world
    return distilled(spoken, late(truth, 2))


def teaching(teachers: Teachers, spoken: SpokenFrames, truth: list[Segmentation]) -> Teaching:
    """A generator that knows the words where they are cut rightly, under the n-gram model and the pictures."""
    torch.manual_seed(2)
    means = teachers.entries.means()
    generator = WordGenerator(GeneratorConfig(narrow=16, wide=16, dropout=0.0), CHANNELS + 1, SLOTS, means)
    segments, targets = pooled(spoken, truth), torch.tensor(rows(teachers.vocabulary, SENTENCES)).flatten()
    optimiser = torch.optim.Adam(generator.parameters(), 1e-2)
    for _ in range(60):
        optimiser.zero_grad()
        functional.cross_entropy(generator(segments), targets).backward()
        optimiser.step()
    weights = LossWeights(semantic=1.0, bigram=1.0, unigram=1.0)
    discriminator = Discriminator(DiscriminatorConfig(hidden=8), means.shape[1])
    return Teaching(
        CascadeConfig(batch=24, learning_rate=1e-5), weights, generator, discriminator, teachers, 0
    )


def tuning(world, teachers, head: BoundaryHead, form: BoundaryForm) -> BoundaryTuning:
    spoken, truth = world
    guards = BoundaryGuards(count=1.0, imitation=0.0)
    config = BoundaryTuningConfig(3e-3, TARGETS, guards)
    taught = teaching(teachers, spoken, truth)
    return BoundaryTuning(
        config, form, PEAKS, head, taught, SLOTS, spoken, late(truth, 2), lambda s: s, seed=3
    )


def f1(found: list[Segmentation], truth: list[Segmentation]) -> float:
    return boundary_scores(truth, found, NEAR).f1


def test_a_head_reproduces_its_teacher(world):
    spoken, truth = world
    found = HeadSegmenter(distilled(spoken, truth), PEAKS).segment(spoken.utterances)
    scores = boundary_scores(truth, found, HOP / 2)
    assert scores.f1 > 97
    assert scores.segments_per_word == pytest.approx(1, abs=0.02)


def test_a_head_reproduces_the_errors_of_its_teacher(world, late_head):
    spoken, truth = world
    found = HeadSegmenter(late_head, PEAKS).segment(spoken.utterances)
    assert f1(found, late(truth, 2)) > 97
    assert f1(found, truth) < 3


@pytest.mark.parametrize("form, least", [(PeakTimes(), 90), (SoftShares(), 75), (FiredWeights(), 30)])
def test_the_teachers_move_late_boundaries_to_where_words_begin(world, teachers, late_head, form, least):
    spoken, truth = world
    head = copy.deepcopy(late_head)
    before = f1(FormSegmenter(head, form, PEAKS).segment(spoken.utterances), truth)
    task = tuning(world, teachers, head, form)
    logged = [task.update(step) for step in range(100)]
    found = FormSegmenter(head, form, PEAKS).segment(spoken.utterances)
    assert before < 3
    assert f1(found, truth) > least
    assert logged[-1]["semantic"] < 0.8 * logged[0]["semantic"]
    assert boundary_scores(truth, found).segments_per_word == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("guard", ["count", "rate", "captions", "imitation"])
def test_every_guard_reaches_the_head(world, teachers, late_head, guard):
    gradients = []
    for weight in (0.0, 1.0):
        task = tuning(world, teachers, copy.deepcopy(late_head), PeakTimes())
        # A head that finds too little, so that every guard has something to say.
        with torch.no_grad():
            task.head.convolutions[-1].bias -= 6.0
        task.config.guards = BoundaryGuards(**{**NO_GUARDS, guard: weight})
        logged = task.update(0)
        gradients.append(task.head.convolutions[-1].weight.grad)
        assert set(logged) == {"semantic", "bigram", "unigram", *HEALTH, *NO_GUARDS}
    assert not torch.allclose(*gradients)


def test_tuning_runs_in_the_loop_and_resumes(world, teachers, late_head, tmp_path):
    states = []
    for folder, stops in (("whole", [4]), ("halves", [2, 4])):
        for updates in stops:
            task = tuning(world, teachers, copy.deepcopy(late_head), PeakTimes())
            log = MetricsLog(tmp_path / f"{folder}.jsonl", "boundaries")
            run_loop(task, LoopConfig(updates, 2, 1), tmp_path / folder, log, seed=0)
        states.append({name: module.state_dict() for name, module in task.modules.items()})
    assert set(states[0]) == {"head", "generator", "discriminator"}
    for name, state in states[0].items():
        assert all(torch.equal(value, states[1][name][key]) for key, value in state.items())


def test_speech_without_a_segmentation_is_refused(world, late_head):
    spoken, truth = world
    with pytest.raises(InputError, match=r"^u1: has no segmentation"):
        Distillation(DistillationConfig(), late_head, spoken, [truth[0], *truth[2:]], seed=0)
