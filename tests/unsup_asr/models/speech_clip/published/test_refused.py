"""Checkpoints that do not fit are refused, and what does not fit is named."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from segmenters.errors import SegmentationError
from tests.segmenters.test_checkpoints import Harm
from tests.unsup_asr.models.speech_clip.published.written import content, golden, quantised
from unsup_asr.errors import InputError
from unsup_asr.models.speech_clip.published.convert import convert


@pytest.fixture
def refusal(converted: Any, tmp_path: Path) -> Any:
    """What is said of a checkpoint that is refused."""

    def text(content: Any) -> str:
        with pytest.raises(InputError) as error:
            converted(content)
        assert error.value.where == tmp_path / "model.ckpt" and error.value.remedy
        return error.value.what

    return text


def without(kind: str, *names: str, **settings: Any) -> dict[str, Any]:
    """A checkpoint without weights of these names, or whose names begin so."""
    made = content(golden(kind), **settings)
    for name in list(made["state_dict"]):
        if name.startswith(names):
            del made["state_dict"][name]
    return made


def changed(kind: str, name: str, weight: Tensor) -> dict[str, Any]:
    made = content(golden(kind))
    made["state_dict"][name] = weight
    return made


@pytest.mark.parametrize(
    ("kind", "lost", "fault"),
    [
        (
            "cascaded",
            ["audio_encoder."],
            "lacks audio_encoder.weightedsum_layer.weights, audio_encoder.encoder.*",
        ),
        ("parallel", ["parallel_branch."], "lacks cascaded_branch.* and parallel_branch.*"),
        ("cascaded", ["cascaded_branch.cls"], "lacks cascaded_branch.cls"),
        ("parallel", ["parallel_branch.linear_proj.bias"], "lacks parallel_branch.linear_proj.bias"),
        ("hybrid", ["cascaded_branch.parallel_cls"], "lacks cascaded_branch.parallel_cls"),
        (
            "hybrid_plus",
            ["cascaded_branch.downsampling.conv.0.b"],
            "lacks cascaded_branch.downsampling.conv.0.bias",
        ),
        ("parallel", ["clip.model.visual.conv1"], "lacks clip.model.visual.conv1.weight"),
        (
            "parallel",
            ["clip.model.transformer.resblocks.1.ln_2.w"],
            "lacks clip.model.transformer.resblocks.1.ln_2.weight",
        ),
        ("parallel", ["clip.model.token_embedding"], "lacks clip.model.token_embedding.weight"),
        (
            "parallel",
            ["audio_encoder.encoder.encoder.layers.1.fc2.bias"],
            "its HuBERT (audio_encoder.encoder.*) lacks encoder.layers.1.feed_forward.output_dense.bias",
        ),
    ],
)
def test_what_is_missing_is_named(kind: str, lost: list[str], fault: str, refusal: Any) -> None:
    assert refusal(without(kind, *lost)) == fault


@pytest.mark.parametrize(
    ("kind", "name", "shape", "fault"),
    [
        ("parallel", "img_enc_proj_net.0.weight", (1,), "has img_enc_proj_net.0.weight"),
        (
            "parallel",
            "cascaded_branch.cls",
            (1, 8, 128),
            "has cascaded_branch.* and parallel_branch.* beside",
        ),
        (
            "parallel",
            "parallel_branch.self_att.model.layers.1.linear1.bias",
            (512,),
            "has parallel_branch.self_att",
        ),
        (
            "cascaded",
            "cascaded_branch.bn_layer.bn_layers.0.weight",
            (64,),
            "has cascaded_branch.bn_layer.bn_layers.0",
        ),
        ("cascaded", "cascaded_branch.bn_layer.bn_layer.weight", (64,), r"weight (64,), expected (512,)"),
        ("cascaded", "cascaded_branch.linear_proj.weight", (65, 128), "weight (65, 128), expected (64, 128)"),
        ("cascaded", "cascaded_branch.cls", (8, 128), "lacks cascaded_branch.cls"),
        ("cascaded", "cascaded_branch.cls", (1, 80, 128), "80 keywords"),
        (
            "hybrid",
            "cascaded_branch.parallel_cls",
            (1, 1, 96),
            "parallel_cls and cascaded_branch.cascaded_cls (1, 96)",
        ),
        (
            "parallel",
            "audio_encoder.weightedsum_layer.weights",
            (4,),
            "has 4 weights, its HuBERT 3 hidden states",
        ),
        (
            "parallel",
            "clip.model.visual.conv1.weight",
            (60, 3, 16, 16),
            "60 channels, which do not divide into",
        ),
        (
            "parallel",
            "clip.model.visual.layer1.0.conv1.weight",
            (1,),
            "has clip.model.visual.layer1.0.conv1.weight",
        ),
        (
            "parallel",
            "clip.model.ln_final.bias",
            (65,),
            "differs in clip.model.ln_final.bias (65,), expected (64,)",
        ),
        ("parallel", "clip.original_text_emb_weight", (99, 64), "CLIP has 99 tokens, expected 49408"),
    ],
)
def test_what_does_not_fit_is_named(
    kind: str, name: str, shape: tuple[int, ...], fault: str, refusal: Any
) -> None:
    assert fault in refusal(changed(kind, name, torch.ones(shape)))


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        (
            {"audio_encoder": {"normalize_hiddenstates": True, "normalize_type": "method1"}},
            "by method1, expected s3prl",
        ),
        (
            {"model_settings": quantised(temp="(2, 0.5, 0.9)")},
            "is '(2, 0.5, 0.9)', expected fixed=… or learnable=…",
        ),
        (
            {"model_settings": {"cascaded_branch": {"transformer_args": {"nhead": 5}}}},
            "do not divide among 5 heads",
        ),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, Any], fault: str, refusal: Any) -> None:
    assert fault in refusal(content(golden("cascaded"), **settings))


def test_weights_that_are_no_numbers_are_refused(refusal: Any) -> None:
    weight = torch.full((1, 8, 128), torch.nan)
    assert refusal(changed("cascaded", "cascaded_branch.cls", weight)) == "cascaded_branch.cls is not finite"


def test_other_files_are_refused(refusal: Any) -> None:
    assert refusal({"model": {}, "cfg": 1}) == "holds model, cfg; expected state_dict"
    assert refusal({"state_dict": {}}).startswith("lacks audio_encoder.weightedsum_layer.weights, ")


def test_tokens_that_cannot_be_told_are_named(refusal: Any) -> None:
    case = golden("cascaded")
    reduced = content(case)["state_dict"]["clip.model.token_embedding.weight"].clone()
    reduced[7] += 1
    assert refusal(changed("cascaded", "clip.model.token_embedding.weight", reduced)) == (
        "tokens of clip.model.token_embedding.weight cannot be told:"
        " row 7 is no id, in clip.original_text_emb_weight"
    )


def test_foreign_classes_and_damage_are_refused(converted: Any, tmp_path: Path) -> None:
    with pytest.raises(SegmentationError, match=r"asks for (posix|nt)\.mkdir"):
        converted(content(golden("parallel"), extra=Harm(tmp_path / "harm")))
    assert not (tmp_path / "harm").exists()
    path = tmp_path / "model.ckpt"
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(SegmentationError, match="damaged"):
        convert(path)
    with pytest.raises(SegmentationError, match="no such file"):
        convert(tmp_path / "none.ckpt")
