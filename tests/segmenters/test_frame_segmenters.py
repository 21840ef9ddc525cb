"""What holds for every segmenter of frames: planted boundaries are found, spans tile, bad input is named."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segmenters.dpdp import DPDP, DPDPConfig, fit_dpdp
from segmenters.errors import SegmentationError
from segmenters.eskmeans import ESKMeans, ESKMeansConfig, fit_eskmeans
from segmenters.fitted import load_fitted
from segmenters.gradseg import GradSeg, GradSegConfig, fit_gradseg
from segmenters.prominence import Prominence, ProminenceConfig
from segmenters.segmentation import Segmentation
from segmenters.speech import Frames, FrameSegmenter
from segmenters.unit_words import UnitWords, UnitWordsConfig, fit_unit_words
from tests.segmenters.planted import HOP, strings, utterances, words_per_second

FRAMES, BOUNDARIES = utterances(strings(80))
RATE = words_per_second(FRAMES, BOUNDARIES)
# Every change of sound is a candidate.
CANDIDATES = Prominence(ProminenceConfig(None, prominence=0.3, smoothing=HOP / 5, shortest=HOP))
NAMES = ["gradseg", "prominence", "eskmeans", "dpdp", "unit_words"]
LOADERS = {
    "gradseg": GradSeg.load,
    "eskmeans": lambda folder: ESKMeans.load(folder, CANDIDATES),
    "dpdp": DPDP.load,
    "unit_words": UnitWords.load,
}


def fitted(name: str) -> FrameSegmenter:
    """The segmenter, fitted to the planted words."""
    units = DPDPConfig(codes=18)
    if name == "gradseg":
        return fit_gradseg(FRAMES, GradSegConfig(RATE))
    if name == "eskmeans":
        config = ESKMeansConfig(RATE, clusters=8, width=8, parts=3, longest=0.5)
        return fit_eskmeans(FRAMES, config, CANDIDATES)
    if name == "dpdp":
        return fit_dpdp(FRAMES, units)
    if name == "unit_words":
        return fit_unit_words(FRAMES, UnitWordsConfig(RATE, units, longest=6))
    return Prominence(ProminenceConfig(RATE))


@pytest.fixture(scope="module")
def segmenters() -> dict[str, FrameSegmenter]:
    return {name: fitted(name) for name in NAMES}


def boundaries(segmentation: Segmentation) -> np.ndarray:
    return np.round([span.start / HOP for span in segmentation.spans[1:]]).astype(int)


@pytest.mark.parametrize("name", ["eskmeans", "unit_words"])
def test_words_that_recur_are_found_where_every_sound_changes_as_much(segmenters, name):
    found = [boundaries(each) for each in segmenters[name].segment(FRAMES)]
    hits = sum(len(np.intersect1d(a, b)) for a, b in zip(BOUNDARIES, found, strict=True))
    assert 2 * hits / sum(len(a) + len(b) for a, b in zip(BOUNDARIES, found, strict=True)) > 0.9


def test_units_are_the_planted_sounds(segmenters):
    steps = [np.flatnonzero(np.square(np.diff(f.values.numpy(), axis=0)).sum(1) > 4) + 1 for f in FRAMES]
    found = [boundaries(each) for each in segmenters["dpdp"].segment(FRAMES)]
    assert sum(np.array_equal(a, b) for a, b in zip(steps, found, strict=True)) > 0.9 * len(FRAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_single_frame_is_one_span(segmenters, name):
    frames = Frames("short", FRAMES[0].values[:1], HOP, 0.013)
    spans = segmenters[name].segment([frames])[0].spans
    assert [(span.start, span.end) for span in spans] == [(0.0, 0.013)]


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 60), st.floats(0.1, 2), st.integers(0, 99))
def test_spans_tile_whatever_the_frames(segmenters, name, count, share, seed):
    values = torch.randn(count, 8, generator=torch.Generator().manual_seed(seed)).round()
    frames = Frames("any", values, HOP, count * HOP * share)
    spans = segmenters[name].segment([FRAMES[0], frames])[1].spans
    assert (spans[0].start, spans[-1].end) == (0.0, frames.duration)
    assert all(left.end == right.start for left, right in pairwise(spans))


@pytest.mark.parametrize("name", NAMES)
def test_utterances_do_not_touch_each_other(segmenters, name):
    together = segmenters[name].segment(FRAMES[:7])
    assert together == [segmenters[name].segment([frames])[0] for frames in FRAMES[:7]]
    assert segmenters[name].segment([]) == []


@pytest.mark.parametrize("name", LOADERS)
def test_what_was_fitted_can_be_saved_and_loaded(segmenters, name, tmp_path: Path):
    segmenters[name].save(tmp_path / "model")
    assert LOADERS[name](tmp_path / "model").segment(FRAMES[:9]) == segmenters[name].segment(FRAMES[:9])


@pytest.mark.parametrize("name", LOADERS)
def test_fitting_again_gives_the_same(segmenters, name):
    assert fitted(name).segment(FRAMES[:9]) == segmenters[name].segment(FRAMES[:9])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"values": torch.full((4, 8), torch.nan)}, "u0: 4 of 4 frames are not finite"),
        ({"values": torch.zeros(0, 8)}, r"u0: frames have the shape \[0, 8\]"),
        ({"values": torch.zeros(8)}, r"u0: frames have the shape \[8\]"),
        ({"hop": 0.0}, "u0: hop 0.0 s and duration"),
        ({"duration": float("nan")}, "u0: hop .* duration nan"),
    ],
)
def test_bad_frames_are_named(segmenters, name, change, message):
    with pytest.raises(SegmentationError, match=message):
        segmenters[name].segment([replace(FRAMES[0], **change)])


@pytest.mark.parametrize("name", LOADERS)
def test_frames_of_another_width_are_refused(segmenters, name):
    with pytest.raises(SegmentationError, match="frames are 5 wide, 8 are expected"):
        segmenters[name].segment([replace(FRAMES[0], values=torch.zeros(9, 5))])


@pytest.mark.parametrize(
    "fit",
    [
        lambda frames: fit_gradseg(frames, GradSegConfig(RATE)),
        lambda frames: fit_eskmeans(frames, ESKMeansConfig(RATE), CANDIDATES),
        lambda frames: fit_dpdp(frames, DPDPConfig()),
        lambda frames: fit_unit_words(frames, UnitWordsConfig(RATE)),
    ],
)
def test_nothing_cannot_be_learned_from(fit):
    with pytest.raises(SegmentationError, match="there is no utterance to learn from"):
        fit([])


def test_fewer_frames_or_words_than_clusters_are_refused():
    with pytest.raises(SegmentationError, match="100 clusters cannot be made of"):
        fit_dpdp(FRAMES[:1], DPDPConfig())
    with pytest.raises(SegmentationError, match="1000 clusters cannot be made of"):
        fit_eskmeans(FRAMES[:1], ESKMeansConfig(RATE), CANDIDATES)


@pytest.mark.parametrize(
    ("config", "bad"),
    [
        (GradSegConfig, {"words_per_second": 0.0}),
        (GradSegConfig, {"words_per_second": 3.0, "percentile": 100.0}),
        (ProminenceConfig, {"words_per_second": -1.0}),
        (ProminenceConfig, {"words_per_second": None, "smoothing": 0.0}),
        (ESKMeansConfig, {"words_per_second": float("nan")}),
        (ESKMeansConfig, {"words_per_second": 3.0, "parts": 0}),
        (DPDPConfig, {"codes": 0}),
        (DPDPConfig, {"duration_weight": -1.0}),
        (UnitWordsConfig, {"words_per_second": 0.0}),
    ],
)
def test_settings_out_of_bounds_are_refused(config, bad):
    with pytest.raises(SegmentationError, match=next(reversed(bad))):
        config(**bad)


def test_a_folder_that_holds_something_else_is_refused(segmenters, tmp_path: Path):
    with pytest.raises(SegmentationError, match="holds no fitted segmenter: FileNotFoundError"):
        load_fitted(tmp_path, "gradseg")
    segmenters["dpdp"].save(tmp_path)
    with pytest.raises(SegmentationError, match="holds dpdp, not gradseg"):
        GradSeg.load(tmp_path)
    (tmp_path / "segmenter.safetensors").write_bytes(b"\x05")
    with pytest.raises(SegmentationError, match="holds no fitted segmenter: SafetensorError"):
        DPDP.load(tmp_path)
