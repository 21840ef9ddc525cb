"""Models of transformers, written as fairseq would have, come back as they were."""

from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoFeatureExtractor, AutoModel

from segmenters.errors import SegmentationError
from tests.segmenters.test_checkpoints import Harm
from tests.unsup_asr.encoders.fairseq.written import (
    MODELS,
    fairseq_weights,
    fine_tuned,
    random_model,
    with_args,
    with_cfg,
)
from unsup_asr.encoders.fairseq.convert import Converted, convert
from unsup_asr.errors import InputError

LAYOUTS = {
    "cfg": with_cfg,
    "args": with_args,
    "fine-tuned, cfg": lambda *of: fine_tuned(*of, cfg=True),
    "fine-tuned, args": lambda *of: fine_tuned(*of, cfg=False),
}


@pytest.fixture
def converted(tmp_path: Path) -> Any:
    """Saves the content of a checkpoint and converts it."""

    def save_and_convert(content: Any) -> Converted:
        torch.save(content, tmp_path / "model.pt")
        return convert(tmp_path / "model.pt")

    return save_and_convert


@pytest.fixture
def refusal(converted: Any) -> Any:
    """What is said of a checkpoint that is refused."""

    def text(content: Any) -> str:
        with pytest.raises(InputError) as error:
            converted(content)
        assert error.value.where and error.value.remedy
        return error.value.what

    return text


def frames(model: Any) -> torch.Tensor:
    waveform = torch.randn(1, 4000, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        output = model(waveform, output_hidden_states=True)
    return torch.stack([*output.hidden_states, output.last_hidden_state])


@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", MODELS)
def test_every_kind_in_every_layout(
    kind: str, layout: str, normalize: bool, converted: Any, tmp_path: Path
) -> None:
    found = converted(LAYOUTS[layout](kind, normalize))
    found.save(tmp_path / "out")
    original, again = random_model(kind), AutoModel.from_pretrained(tmp_path / "out").eval()
    assert type(again) is type(original)
    assert torch.equal(frames(again), frames(original))
    extractor = AutoFeatureExtractor.from_pretrained(tmp_path / "out")
    assert (extractor.do_normalize, extractor.sampling_rate) == (normalize, 16000)
    assert found.assumed == ()
    assert found.left_out == (("w2v_encoder.proj",) if "fine" in layout else ())


@pytest.mark.parametrize("kind", MODELS)
def test_dropout_is_that_of_the_encoders_own_training(kind: str, converted: Any) -> None:
    config = converted(fine_tuned(kind, cfg=True)).model.config
    assert (config.hidden_dropout, config.layerdrop) == (0.25, 0.05)
    assert config.attention_dropout == random_model(kind).config.attention_dropout  # the file does not say


def test_a_namespace_within_cfg_is_read(converted: Any) -> None:
    content = with_cfg("hubert_large", True)
    content["cfg"]["model"] = Namespace(**content["cfg"]["model"])
    found = converted(content)
    assert found.assumed == () and found.model.config.do_stable_layer_norm


def test_half_precision_becomes_single(converted: Any) -> None:
    content = with_cfg("hubert_base")
    content["model"] = {name: tensor.half() for name, tensor in content["model"].items()}
    found = converted(content).model
    assert found.dtype == torch.float32
    assert torch.allclose(frames(found), frames(random_model("hubert_base")), atol=0.05)


@pytest.mark.parametrize("large", [True, False])
def test_without_settings_they_are_those_of_published_models_and_named(large: bool, converted: Any) -> None:
    kind = "hubert_large" if large else "hubert_base"
    weights = fairseq_weights(random_model(kind)) | {"label_embs_concat": torch.ones(3, 4)}
    found = converted({"model": weights})
    assert found.assumed == (
        "strides (5, 2, 2, 2, 2, 2, 2) of the convolutions",
        "1 attention heads, of 32 channels each",
        f"layer norms {'before' if large else 'behind'} attention and feed-forward",
        f"waveforms {'normalised' if large else 'as they are'}, as in published models of this kind",
    )
    assert type(found.model).__name__ == "HubertModel"
    assert found.model.config.do_stable_layer_norm == found.feature_extractor.do_normalize == large


def test_data2vec_without_settings_has_its_norms_behind(converted: Any) -> None:
    found = converted({"model": fairseq_weights(random_model("data2vec"))})
    assert "layer norms behind attention and feed-forward" in found.assumed
    assert "waveforms normalised, as in published models of this kind" in found.assumed


def test_heads_quantisers_and_teachers_are_left_out(converted: Any) -> None:
    content = with_cfg("wav2vec2_base")
    content["model"] |= {
        "quantizer.vars": torch.ones(1, 2, 3),
        "final_proj.weight": torch.ones(2),
        "final_proj.bias": torch.ones(2),
        "_ema": {"encoder.layer_norm.weight": torch.ones(2)},
    }
    assert converted(content).left_out == ("quantizer", "final_proj", "_ema")


def test_a_model_without_a_mask_vector_or_a_projection(converted: Any) -> None:
    content = with_cfg("hubert_base")
    del content["model"]["mask_emb"]
    assert converted(content).model.config.mask_time_prob == 0
    for name in ("weight", "bias"):
        del content["model"][f"post_extract_proj.{name}"]
    with pytest.raises(InputError, match=r"lacks feature_projection\.projection\.weight"):
        converted(content)  # 12 channels are not 32: here, one is needed


def test_other_architectures_are_named_by_what_does_not_fit(refusal: Any) -> None:
    text_model = {f"encoder.sentence_encoder.layers.{n}.fc1.weight": torch.ones(2) for n in range(9)}
    assert refusal({"model": text_model}) == (
        "lacks feature_extractor.conv_layers.0.conv.weight, feature_projection.layer_norm.weight,"
        " encoder.layer_norm.weight, encoder.layers.0.attention.k_proj.weight and 1 more;"
        " has encoder.sentence_encoder.layers.0.fc1.weight, encoder.sentence_encoder.layers.1.fc1.weight,"
        " encoder.sentence_encoder.layers.2.fc1.weight, encoder.sentence_encoder.layers.3.fc1.weight and 5 more"
    )
    conformer = with_cfg("wav2vec2_large")
    conformer["model"]["encoder.layers.0.ffn1.w_1.weight"] = torch.ones(2)
    assert refusal(conformer) == "has encoder.layers.0.ffn1.w_1.weight"
    quantised_input = with_cfg("wav2vec2_base")
    quantised_input["model"]["project_inp.weight"] = torch.ones(2)
    assert refusal(quantised_input) == "has project_inp.weight"
    assert refusal({"dual_encoder": {}, "optimizer": {}}) == "holds dual_encoder, optimizer; expected model"


def test_weights_that_lack_exceed_or_differ_are_listed(refusal: Any) -> None:
    content = with_cfg("hubert_base")
    model = content["model"]
    del model["encoder.layers.1.fc2.bias"]
    model["encoder.layers.3.fc1.bias"] = torch.ones(48)
    model["encoder.layers.1.fc1.bias"] = torch.ones(47)
    assert refusal(content) == (
        "lacks encoder.layers.1.feed_forward.output_dense.bias;"
        " has encoder.layers.3.feed_forward.intermediate_dense.bias;"
        " differs in encoder.layers.1.feed_forward.intermediate_dense.bias (47,), expected (48,)"
    )


@pytest.mark.parametrize(
    ("kind", "setting", "fault"),
    [
        ("hubert_base", {"encoder_attention_heads": 5}, "its 32 channels do not divide among 5 heads"),
        ("hubert_base", {"activation_fn": "swish"}, "activation_fn is swish, expected one of gelu, relu"),
        ("hubert_base", {"conv_feature_layers": "[(12, 9, 5)]"}, r"kernels \(10, 3.*settings say \(9,\)"),
        ("hubert_base", {"conv_feature_layers": "open('a')"}, r"conv_feature_layers .* is no sum of lists"),
        ("data2vec", {"layer_norm_first": True}, "3 convolutions for position and norms first"),
    ],
)
def test_settings_that_cannot_be(kind: str, setting: dict[str, Any], fault: str, converted: Any) -> None:
    with pytest.raises(InputError, match=fault):
        converted(with_cfg(kind, **setting))


@pytest.mark.parametrize(
    ("shape", "fault"),
    [
        ((32, 16), r"original1 is \(32, 16\), expected 3 dimensions"),
        ((32, 0, 8), r"original1 is \(32, 0, 8\), expected 3 dimensions"),
        ((32, 5, 8), "its 32 channels do not divide into groups of 5 for position"),
    ],
)
def test_weights_of_other_shapes(shape: tuple[int, ...], fault: str, converted: Any) -> None:
    content = with_cfg("hubert_base")
    content["model"]["encoder.pos_conv.0.weight_v"] = torch.ones(shape)
    with pytest.raises(InputError, match=fault):
        converted(content)


def test_other_kernels_need_their_strides(refusal: Any) -> None:
    content = with_cfg("hubert_base")
    content["model"]["feature_extractor.conv_layers.6.0.weight"] = torch.ones(12, 12, 4)
    del content["cfg"]
    assert "kernels (10, 3, 3, 3, 3, 2, 4), whose strides only settings tell" in refusal(content)


def test_weights_that_are_no_numbers_are_refused(refusal: Any) -> None:
    content = with_cfg("hubert_base")
    content["model"]["encoder.layers.1.fc1.bias"][3] = torch.nan
    assert refusal(content) == "encoder.layers.1.feed_forward.intermediate_dense.bias is not finite"


def test_truncated_files_and_foreign_classes_are_refused(converted: Any, tmp_path: Path) -> None:
    converted(with_cfg("hubert_base"))
    path = tmp_path / "model.pt"
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(SegmentationError, match="damaged"):
        convert(path)
    with pytest.raises(SegmentationError, match=r"asks for posix\.mkdir|asks for nt\.mkdir"):
        converted(with_cfg("hubert_base") | {"extra_state": Harm(tmp_path / "harm")})
    assert not (tmp_path / "harm").exists()
    with pytest.raises(SegmentationError, match="no such file"):
        convert(tmp_path / "none.pt")
