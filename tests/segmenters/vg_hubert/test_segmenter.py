"""The segmenter: exactness in batches and windows, recordings of any length, bad recordings."""

import resource
from typing import Any

import numpy as np
import pytest
import torch

from segmenters.errors import SegmentationError
from segmenters.speech import Speech
from segmenters.vg_hubert.attention import AttentionConfig, attended, runs_of, word_boundaries
from segmenters.vg_hubert.model import VGHubert
from segmenters.vg_hubert.segmenter import VGHubertSegmenter, VGHubertSegmenterConfig
from tests.segmenters.vg_hubert.published import drawn_speech
from tests.segmenters.vg_hubert.test_model import drawn

ATTENTION = AttentionConfig(layer=1, quantile=0.9)


@pytest.fixture(scope="module")
def model() -> VGHubert:
    return drawn()


def segmenter(model: VGHubert, **changes: Any) -> VGHubertSegmenter:
    return VGHubertSegmenter(model, VGHubertSegmenterConfig(ATTENTION, **changes))


def speech(n: int, seed: int = 0) -> Speech:
    return Speech(f"utterance {n} {seed}", drawn_speech(seed, n), 16000)


def boundaries_alone(model: VGHubert, utterance: Speech) -> list[float]:
    """By hand, one utterance through the model in one piece."""
    with torch.no_grad():
        states = model.states(torch.from_numpy(utterance.samples)[None], ATTENTION.layer)
        frames = attended(model.cls_attention(states, ATTENTION.layer)[0], ATTENTION.quantile).numpy()
    return word_boundaries(runs_of(frames), len(frames), utterance.duration).tolist()


def test_batches_are_the_same_as_one_utterance_at_a_time(model: VGHubert) -> None:
    utterances = [speech(n, seed) for seed in range(3) for n in (16000, 9000, 400, 16001)]
    found = segmenter(model).segment(utterances)
    for utterance, segmentation in zip(utterances, found, strict=True):
        assert segmentation.id == utterance.id
        edges = [0.0, *(span.end for span in segmentation.spans)]
        assert edges == pytest.approx(boundaries_alone(model, utterance), abs=1e-9)
        assert [span.start for span in segmentation.spans[1:]] == edges[1:-1]
    assert found[0].settings == {"layer": 1, "quantile": 0.9, "insertion": None}


def test_a_recording_as_long_as_the_window_is_heard_in_one_piece(model: VGHubert) -> None:
    utterance = speech(6 * 16000)
    whole, windowed = (segmenter(model, window=w).segment([utterance])[0] for w in (6.0, 5.5))
    assert [0.0, *(span.end for span in whole.spans)] == pytest.approx(boundaries_alone(model, utterance))
    met = {span.start for span in whole.spans} & {span.start for span in windowed.spans}
    assert len(met) > 0.8 * len(whole.spans)


def test_windows_tile_and_each_frame_is_decided_by_a_window_that_sees_around_it(model: VGHubert) -> None:
    """A recording that repeats itself every 3 s is cut alike in each repetition, save at its edges."""
    period = 150 * 320
    repeated = Speech("a", np.tile(drawn_speech(0, period), 7)[: 7 * period], 16000)
    (found,) = segmenter(model, window=7.005).segment([repeated])  # 350 frames, 150 from start to start
    assert found.spans[0].start == 0 and found.spans[-1].end == found.duration
    inner = np.array([span.start for span in found.spans])
    # Windows at 0, 3, 6 s … hear the same, so what they decide in their middles is the same.
    by_period = [inner[(inner > a) & (inner < a + 3)] - a for a in (5.2, 8.2, 11.2)]
    for later in by_period[1:]:
        np.testing.assert_allclose(later, by_period[0], atol=0.01)


def test_an_hour_takes_bounded_memory() -> None:
    model = drawn("two convolutions", conv_dim=(256, 8))
    hour = Speech("hour", np.tile(drawn_speech(0, 60 * 16000), 60), 16000)
    config = {"window": 10.0, "batch": 20.0}
    segmenter(model, **config).segment([speech(20 * 16000)])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (found,) = segmenter(model, **config).segment([hour])
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert found.duration == 3600 and len(found.spans) > 1000
    assert (
        grown < 350_000
    )  # kB: the hour itself takes 230 MB, in one piece its convolutions would take over 1 GB


def test_bf16_finds_nearly_the_same_boundaries(model: VGHubert) -> None:
    utterances = [speech(16000, seed) for seed in range(8)]
    exact, near = (segmenter(model, bf16=bf16).segment(utterances) for bf16 in (False, True))
    pairs = list(zip(exact, near, strict=True))
    same = sum(len({s.start for s in a.spans} & {s.start for s in b.spans}) for a, b in pairs)
    assert same / sum(len(a.spans) for a, _ in pairs) > 0.7
    assert next(model.hubert.encoder.layers[0].parameters()).dtype == torch.float32


def test_insertion_shortens_long_gaps(model: VGHubert) -> None:
    config = VGHubertSegmenterConfig(AttentionConfig(1, 0.99, insertion=0.2))
    utterance = speech(32000)
    (sparse,) = VGHubertSegmenter(model, VGHubertSegmenterConfig(AttentionConfig(1, 0.99))).segment(
        [utterance]
    )
    (dense,) = VGHubertSegmenter(model, config).segment([utterance])
    assert len(dense.spans) > len(sparse.spans)


def test_silence_and_clipping_give_valid_segmentations(model: VGHubert) -> None:
    silence = Speech("silence", np.zeros(16000, np.float32), 16000)
    clipped = Speech("clipped", np.sign(drawn_speech(0, 16000)), 16000)
    for found in segmenter(model).segment([silence, clipped]):
        assert found.spans[0].start == 0 and found.spans[-1].end == found.duration == 1.0


def test_the_model_given_stays_as_it_is(model: VGHubert) -> None:
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    segmenter(model, bf16=True).segment([speech(1600)])
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert model.embed_speech([torch.randn(1600)]).requires_grad


def test_nothing_to_segment(model: VGHubert) -> None:
    assert segmenter(model).segment([]) == []


NAN = np.full(1600, 0.1, np.float32)
NAN[7] = np.nan


@pytest.mark.parametrize(
    ("samples", "rate", "complaint"),
    [
        (np.zeros(1600), 8000, "is at 8000 Hz, the model hears 16000 Hz .resample it to 16000 Hz"),
        (np.zeros(0), 16000, "has 0 samples, one frame needs 400"),
        (np.zeros(399), 16000, "has 399 samples, one frame needs 400"),
        (np.zeros((2, 1600)), 16000, r"shape \(2, 1600\)"),
        (np.full(1600, 3e38), 16000, "attention to it is not finite"),
        (NAN, 16000, "sample 7 is nan"),
    ],
)
def test_bad_recordings_are_refused_by_id(model: VGHubert, samples: Any, rate: int, complaint: str) -> None:
    with pytest.raises(SegmentationError, match=rf"^bad: .*{complaint}") as refusal:
        segmenter(model).segment([speech(1600), Speech("bad", samples.astype(np.float32), rate)])
    assert refusal.value.remedy


def test_settings_that_cannot_be_are_refused(model: VGHubert) -> None:
    with pytest.raises(SegmentationError, match="layer 9 is asked for, counted from 0; the model has 3"):
        VGHubertSegmenter(model)
    with pytest.raises(SegmentationError, match=r"window is 4\.0 s, of which 4 s are context"):
        VGHubertSegmenterConfig(window=4.0)
