"""Published checkpoints: the same numbers as the published code, whatever their sizes."""

from pathlib import Path

import numpy as np
import pytest
import torch

from segmenters.errors import SegmentationError
from segmenters.speech import Speech
from segmenters.vg_hubert.attention import (
    AttentionConfig,
    attended,
    insert_runs,
    max_pool,
    mean_pool,
    median_pool,
    pool_runs,
    runs_of,
    weighted_pool,
)
from segmenters.vg_hubert.convert import convert
from segmenters.vg_hubert.model import VGHubert
from segmenters.vg_hubert.segmenter import VGHubertSegmenter, VGHubertSegmenterConfig
from tests.segmenters.vg_hubert.published import GOLDEN, bundle, drawn_speech, drawn_weights, write_published

POOLS = {"mean": mean_pool, "max": max_pool, "median": median_pool, "weightedmean": weighted_pool}
CASE = GOLDEN["group_2_layers"]


@pytest.mark.parametrize("name", GOLDEN)
def test_features_attention_and_boundaries_are_the_published_ones(name: str, tmp_path: Path) -> None:
    case = GOLDEN[name]
    model = convert(write_published(tmp_path, case)).model
    samples = drawn_speech(case["seed"], case["samples"])
    with torch.no_grad():
        features, attention = model.features(torch.from_numpy(samples)[None], case["layer"])
    np.testing.assert_allclose(features[0], case["features"], atol=1e-4, rtol=0)
    np.testing.assert_allclose(attention[0], case["attention"], atol=1e-6, rtol=0)
    runs = runs_of(attended(attention[0], case["quantile"]).numpy())
    frame = case["samples"] / 16000 / features.shape[1]
    np.testing.assert_allclose(runs * frame, case["runs"], atol=1e-9)
    for pool, vectors in case["pooled"].items():
        found = pool_runs(features[0], attention[0], runs, POOLS[pool])
        np.testing.assert_allclose(found, vectors, atol=1e-4, rtol=0)
    middles = [(left[1] + right[0]) / 2 for left, right in zip(case["runs"], case["runs"][1:], strict=False)]
    config = VGHubertSegmenterConfig(AttentionConfig(case["layer"], case["quantile"]))
    (words,) = VGHubertSegmenter(model, config).segment([Speech("a", samples, 16000)])
    expected = [0.0, *middles, words.duration]
    assert [words.spans[0].start, *(span.end for span in words.spans)] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", GOLDEN)
def test_insertion_is_the_published_one_and_looks_at_the_second_gap_too(name: str) -> None:
    case = GOLDEN[name]
    frames = len(case["features"])
    frame = case["samples"] / 16000 / frames
    runs = np.array(case["runs"]) / frame
    found = insert_runs(np.round(runs), frames, case["insertion"] / frame) * frame
    gap = (runs[0, 1] * frame, runs[1, 0] * frame)
    in_gap = (found[:, 0] > gap[0] + 1e-9) & (found[:, 1] < gap[1])
    np.testing.assert_allclose(found[~in_gap], case["inserted"], atol=1e-9)
    width = gap[1] - gap[0]
    count = int(width / (case["insertion"] / 2)) - 1 if width > case["insertion"] else 0
    assert in_gap.sum() == count


def test_sizes_are_read_from_the_file_and_heads_kept(tmp_path: Path) -> None:
    converted = convert(write_published(tmp_path, CASE))
    config = converted.model.config
    hubert = config.hubert
    assert (hubert.hidden_size, hubert.num_hidden_layers, hubert.num_attention_heads) == (24, 2, 3)
    assert (config.joint_size, config.image_size) == (11, 7)
    assert converted.assumed == converted.ignored == ()
    weights = drawn_weights(CASE["shapes"], CASE["seed"])
    assert torch.equal(converted.model.cls_token, weights["cls_token"])
    assert converted.model.embed_images(torch.ones(2, 7)).shape == (2, 11)
    assert convert(tmp_path / "best_bundle.pth", heads=False).model.audio_head is None


def test_without_arguments_those_of_hubert_base_are_taken_and_said(tmp_path: Path) -> None:
    path = write_published(tmp_path, CASE)
    (tmp_path / "args.pkl").unlink()
    converted = convert(path)
    assert converted.assumed[0] == "1 attention heads, of 24 channels each"
    assert len(converted.assumed) == 3


@pytest.mark.parametrize("container", ["audio_encoder", "model"])
def test_snapshots_and_old_bundles(container: str, tmp_path: Path) -> None:
    weights = drawn_weights(CASE["shapes"], CASE["seed"])
    weights["mask_emb"] = torch.zeros(3)
    converted = convert(write_published(tmp_path, CASE, {container: weights}))
    assert converted.model.config.joint_size is None
    assert converted.ignored == ("mask_emb",)


def test_saved_models_come_back_the_same(tmp_path: Path) -> None:
    model = convert(write_published(tmp_path, CASE)).model
    model.save_pretrained(tmp_path / "ours")
    again = VGHubert.from_pretrained(tmp_path / "ours")
    waveforms = torch.from_numpy(drawn_speech(1, 4000))[None]
    assert torch.equal(again.states(waveforms, 2), model.states(waveforms, 2))


def without(name: str) -> dict[str, object]:
    content = bundle(CASE)
    del content["dual_encoder"][f"module.audio_encoder.{name}"]
    return content


def changed(name: str, tensor: torch.Tensor) -> dict[str, object]:
    content = bundle(CASE)
    content["dual_encoder"][f"module.audio_encoder.{name}"] = tensor
    return content


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ({"state": {}}, "holds state; expected one of dual_encoder"),
        (without("cls_token"), "has no cls_token, so it is no VG-HuBERT"),
        (without("encoder.layers.0.fc1.weight"), "has no hubert.encoder.layers.0.feed_forward"),
        (without("encoder.layers.1.fc2.bias"), "Missing key.*layers.1.feed_forward.output_dense.bias"),
        (changed("encoder.layer_norm.weight", torch.ones(5)), "size mismatch"),
        (changed("encoder.layer_norm.weight", torch.full((24,), torch.nan)), "is not finite"),
        (changed("cls_token", torch.ones(1, 1, 25)), "25 channels do not divide among 3 heads"),
    ],
)
def test_other_architectures_are_refused(content: object, complaint: str, tmp_path: Path) -> None:
    path = write_published(tmp_path, CASE, content)
    with pytest.raises(SegmentationError, match=complaint) as refusal:
        convert(path)
    assert refusal.value.where == path and refusal.value.remedy


@pytest.mark.parametrize(
    ("convolutions", "complaint"),
    [
        ("__import__('os').mkdir('harm')", "is no sum of lists"),
        ("[(16, 10, 5)] * 3", "have kernels .*, its arguments say other"),
        ("[(16, 10", "conv_feature_layers"),
    ],
)
def test_an_expression_for_convolutions_is_not_run(
    convolutions: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    case = CASE | {"arguments": CASE["arguments"] | {"conv_feature_layers": convolutions}}
    path = write_published(tmp_path, case)
    with pytest.raises(SegmentationError, match=complaint):
        convert(path)
    assert not (tmp_path / "harm").exists()


def test_unknown_kernels_need_arguments(tmp_path: Path) -> None:
    content = changed("feature_extractor.conv_layers.1.0.weight", torch.ones(16, 16, 4))
    path = write_published(tmp_path, CASE, content)
    (tmp_path / "args.pkl").unlink()
    with pytest.raises(SegmentationError, match=r"put its args\.pkl beside it"):
        convert(path)
