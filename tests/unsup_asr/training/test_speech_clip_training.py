"""Training on planted speech, whose frames tell the picture and whose words are CLIP's own tokens."""

import math
from dataclasses import dataclass, replace

import pytest
import torch

from unsup_asr.data.spoken_states import SpokenStates, States, pad_states
from unsup_asr.encoders.clip import Clip
from unsup_asr.errors import UsageError
from unsup_asr.evaluation.embedded_speech import embed_speech
from unsup_asr.models.speech_clip.config import QuantiserConfig, SpeechClipConfig
from unsup_asr.models.speech_clip.model import SpeechClip
from unsup_asr.training.loop import LoopConfig, run_loop
from unsup_asr.training.metrics import MetricsLog
from unsup_asr.training.speech_clip_training import SpeechClipTask, SpeechClipTraining

UTTERANCES, STATES, CHANNELS, HOP, TOKENS = 32, 2, 16, 0.02, 12
TRAINING = SpeechClipTraining(batch=16, learning_rate=1e-2, loop=LoopConfig(60, 30, 30), rescaled=1000)


@dataclass(frozen=True)
class Given:
    """States in memory."""

    utterances: list[torch.Tensor]

    def states(self, rows: torch.Tensor) -> States:
        return pad_states([self.utterances[row] for row in rows.tolist()])


@pytest.fixture(scope="module")
def clip(tiny_clip) -> Clip:
    return Clip.load(str(tiny_clip))


@pytest.fixture(scope="module")
def spoken(clip) -> SpokenStates:
    """Each of 8 pictures described four times: its word's direction in all frames, noise, other lengths.

    A picture's embedding is that of its word as CLIP reads it three times.
    """
    torch.manual_seed(0)
    words = torch.randn(8, CHANNELS)
    images = clip.encode_captions([[500 + word] * 3 for word in range(8)])
    ids = torch.arange(UTTERANCES) % 8
    heard = [
        words[picture] + 0.3 * torch.randn(STATES, 10 + row % 5, CHANNELS) for row, picture in enumerate(ids)
    ]
    return SpokenStates(tuple(map(str, range(UTTERANCES))), Given(heard), images[ids], ids)


def task_of(
    config: SpeechClipConfig, spoken: SpokenStates, clip: Clip, training: SpeechClipTraining = TRAINING
) -> SpeechClipTask:
    torch.manual_seed(0)
    table = clip.token_embeddings[500 : 500 + TOKENS]
    model = SpeechClip(config, STATES, CHANNELS, HOP, table, clip.width, clip.context_length - 2)
    return SpeechClipTask(training, model, spoken, clip, tuple(map(str, range(TOKENS))), 0)


@pytest.mark.parametrize(
    "config",
    [
        SpeechClipConfig(parallel=True, keywords="none", heads=2, feed_forward=2),
        SpeechClipConfig(count=3),
        SpeechClipConfig(parallel=True, keywords="cif", seconds_per_keyword=0.08, firing_dropout=0.0),
    ],
    ids=["parallel", "cascaded", "hybrid_plus"],
)
def test_speech_finds_its_pictures(config, spoken, clip, tmp_path):
    task = task_of(config, spoken, clip)
    before = embed_speech(task.model, spoken, clip).retrieval()
    run_loop(task, TRAINING.loop, tmp_path, MetricsLog(tmp_path / "metrics.jsonl", "test"), 0)
    after = embed_speech(task.model, spoken, clip).retrieval()
    for branch, scores in after.items():
        assert scores.speech_to_image.at_1 > 70 > before[branch].speech_to_image.at_1, branch


def test_losses_are_keyed_like_their_weights_and_logged_with_their_health(spoken, clip):
    config = SpeechClipConfig(parallel=True, keywords="cif", seconds_per_keyword=0.08)
    logged = task_of(config, spoken, clip).update(0)
    health = {"code_perplexity", "token_entropy", "top_token_share"}
    assert set(logged) == {"parallel", "cascaded", "quantity"} | health
    assert all(math.isfinite(value) for value in logged.values())


def test_a_temperature_that_is_learned_moves_and_never_gets_too_steep(spoken, clip):
    config = SpeechClipConfig(count=2, quantiser=QuantiserConfig(kind="learnable"))
    task = task_of(config, spoken, clip, replace(TRAINING, learn_temperature=True, temperature=0.005))
    assert float(task.scale().detach()) == pytest.approx(100)
    task = task_of(config, spoken, clip, replace(TRAINING, learn_temperature=True))
    before = float(task.scale().detach()), float(task.model.quantiser.temperature)
    task.update(0)
    assert float(task.scale().detach()) != before[0] and float(task.model.quantiser.temperature) != before[1]


def test_learning_rates_follow_the_line(spoken, clip):
    task = task_of(SpeechClipConfig(count=2), spoken, clip, replace(TRAINING, warm_up=10))
    task.update(4)
    assert task.optimisers["speech_clip"].param_groups[0]["lr"] == pytest.approx(0.5e-2)


def test_a_crop_hears_a_part(spoken, clip):
    """Of 0.1 s, five frames: the network never sees more."""
    task = task_of(SpeechClipConfig(count=2), spoken, clip, replace(TRAINING, crop=0.1))
    seen = []
    task.model.layer_sum.register_forward_hook(lambda module, given, out: seen.append(out.shape[1]))
    task.update(0)
    assert seen == [5]


def test_a_batch_larger_than_the_corpus_is_refused(spoken, clip):
    with pytest.raises(UsageError, match=r"a batch of 33 is larger than the 32 .* \(give at most 32\)"):
        task_of(SpeechClipConfig(), spoken, clip, replace(TRAINING, batch=33))


KINDS = {
    "parallel": SpeechClipConfig(parallel=True, keywords="none", heads=2, dropout=0.0, feed_forward=2),
    "cascaded": SpeechClipConfig(count=3, dropout=0.0, batch_norm=False),
    "hybrid_plus": SpeechClipConfig(
        parallel=True,
        keywords="cif",
        seconds_per_keyword=0.08,
        dropout=0.0,
        firing_dropout=0.0,
        batch_norm=False,
    ),
}


def learned(task: SpeechClipTask, steps: int = 1) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """What is logged of the last update, and the gradients as one row."""
    torch.manual_seed(0)
    for step in range(steps):
        logged = task.update(step)
    grads = [p.grad.flatten() for m in task.modules.values() for p in m.parameters() if p.grad is not None]
    return logged, torch.cat(grads)


@pytest.mark.parametrize("parts", [2, 3, 8])
@pytest.mark.parametrize("kind", KINDS)
def test_parts_learn_what_the_whole_batch_learns(kind, parts, spoken, clip):
    training = replace(TRAINING, learn_temperature=True, clip_norm=1e9)
    whole = learned(task_of(KINDS[kind], spoken, clip, training))
    parted = learned(task_of(KINDS[kind], spoken, clip, replace(training, parts=parts)))
    assert whole[0].keys() == parted[0].keys()
    for name, value in whole[0].items():
        assert float(parted[0][name]) == pytest.approx(float(value), abs=1e-5), name
    assert (whole[1] - parted[1]).abs().max() < 1e-5 * max(1, whole[1].abs().max())


def test_parts_find_pictures_with_dropout_and_batch_norm(spoken, clip, tmp_path):
    config = SpeechClipConfig(parallel=True, keywords="cif", seconds_per_keyword=0.08, firing_dropout=0.1)
    task = task_of(config, spoken, clip, replace(TRAINING, parts=2))
    run_loop(task, TRAINING.loop, tmp_path, MetricsLog(tmp_path / "metrics.jsonl", "test"), 0)
    # Chance is 12.5; statistics of 8 utterances are rough.
    for branch, scores in embed_speech(task.model, spoken, clip).retrieval().items():
        assert scores.speech_to_image.at_1 > 40, branch


@pytest.mark.parametrize("parts", [0, 9])
def test_parts_without_two_utterances_are_refused(parts, spoken, clip):
    with pytest.raises(UsageError, match=rf"a batch of 16 cannot be cut into {parts} .* \(give 1 to 8\)"):
        task_of(SpeechClipConfig(), spoken, clip, replace(TRAINING, parts=parts))


def test_buckets_without_durations_are_refused(spoken, clip):
    with pytest.raises(UsageError, match=r"training.bucketed: .* durations are not known \(give"):
        task_of(SpeechClipConfig(), spoken, clip, replace(TRAINING, bucketed=True))


def test_buckets_hear_utterances_of_like_durations_together(spoken, clip):
    lengths = torch.tensor([10 + row % 5 for row in range(UTTERANCES)])
    spoken = replace(spoken, seconds=HOP * lengths)
    task = task_of(SpeechClipConfig(), spoken, clip, replace(TRAINING, bucketed=True))
    batches = [task._batch(step) for step in (0, 1)]
    assert sorted(torch.cat(batches).tolist()) == list(range(UTTERANCES))
    assert min(lengths[batch].max() for batch in batches) == 12
