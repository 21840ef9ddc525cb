"""The model against transformers' own full forward pass, and what training asks of it."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import HubertModel

from segmenters.errors import SegmentationError
from segmenters.vg_hubert.config import VGHubertConfig, plain_hubert_config
from segmenters.vg_hubert.model import VGHubert, from_hubert

SIZES: dict[str, Any] = {
    "hidden_size": 24,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 32,
    "conv_dim": (16,) * 7,
    "num_conv_pos_embeddings": 8,
    "num_conv_pos_embedding_groups": 4,
}
KINDS: dict[str, dict[str, Any]] = {
    "group": {},
    "layer": {"feat_extract_norm": "layer", "conv_bias": True},
    "norm first": {"feat_extract_norm": "layer", "do_stable_layer_norm": True},
    "two convolutions": {"conv_dim": (8, 8), "conv_kernel": (320, 3), "conv_stride": (160, 2)},
}


def drawn(kind: str = "group", **changes: Any) -> VGHubert:
    torch.manual_seed(1)
    config = VGHubertConfig(plain_hubert_config(**SIZES | KINDS[kind] | changes), joint_size=6, image_size=5)
    model = VGHubert(config).eval()
    for parameter in model.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    return model


def whole_forward(model: VGHubert, waveforms: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    """States and attention maps of every layer: transformers' own encoder, eager, CLS put in by a hook."""
    hubert = HubertModel(model.config.hubert).eval()
    hubert.load_state_dict(model.hubert.state_dict())
    hubert.set_attn_implementation("eager")
    encoder, entered = hubert.encoder, []

    def add_cls(module: Any, inputs: tuple[Tensor]) -> tuple[Tensor]:
        entered.append(1)
        return (torch.cat([model.cls_token.expand(len(inputs[0]), -1, -1), inputs[0]], dim=1),)

    # CLS joins before what first follows the positions: the norm or, where norms stand before layers, dropout.
    first = encoder.dropout if model.config.hubert.do_stable_layer_norm else encoder.layer_norm
    handle = first.register_forward_pre_hook(add_cls)
    with torch.no_grad():
        output = hubert(waveforms, output_hidden_states=True, output_attentions=True)
    handle.remove()
    assert entered == [1]
    return [*output.hidden_states[:-1], output.last_hidden_state], list(output.attentions)


@pytest.mark.parametrize("kind", KINDS)
def test_states_and_cls_attention_are_those_of_the_whole_forward_pass(kind: str) -> None:
    model, waveforms = drawn(kind), torch.randn(2, 6400)
    hidden, maps = whole_forward(model, waveforms)
    with torch.no_grad():
        for layer in range(model.layers):
            entering = model.states(waveforms, layer)
            torch.testing.assert_close(entering, hidden[layer], atol=1e-5, rtol=1e-5)
            attention = model.cls_attention(entering, layer)
            torch.testing.assert_close(attention, maps[layer][:, :, 0, 1:], atol=1e-6, rtol=1e-5)
        features, attention = model.features(waveforms, model.layers - 1)
    torch.testing.assert_close(features, hidden[-1][:, 1:], atol=1e-5, rtol=1e-5)
    assert torch.equal(attention, model.cls_attention(model.states(waveforms, 2), 2))
    assert features.shape[1] == (6400 - model.reach) // model.hop + 1


@pytest.mark.parametrize("kind", ["group", "norm first"])
def test_embeddings_do_not_depend_on_the_rest_of_the_batch(kind: str) -> None:
    model = drawn(kind)
    waveforms = [torch.randn(n) for n in (3200, 7000, 1000)]
    with torch.no_grad():
        together = model.embed_speech(waveforms)
        alone = torch.cat([model.embed_speech([waveform]) for waveform in waveforms])
        cls = whole_forward(model, waveforms[1][None])[0][-1][:, 0]
        torch.testing.assert_close(together[1:2], model.audio_head(cls), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-4)
    assert together.shape == model.embed_images(torch.randn(3, 5)).shape == (3, 6)


def test_training_begins_with_the_weights_of_a_hubert_and_last_layers_drawn_anew() -> None:
    torch.manual_seed(0)
    hubert = HubertModel(plain_hubert_config(**SIZES))
    model = from_hubert(hubert, joint_size=6, image_size=5)
    model.reinitialise_last(1)
    old, new = hubert.encoder.layers, model.hubert.encoder.layers
    assert torch.equal(old[1].feed_forward.output_dense.weight, new[1].feed_forward.output_dense.weight)
    assert not torch.equal(old[2].feed_forward.output_dense.weight, new[2].feed_forward.output_dense.weight)
    with pytest.raises(SegmentationError, match="4 layers are to be drawn anew, there are 3"):
        model.reinitialise_last(4)


def test_every_weight_of_the_speech_side_learns() -> None:
    model = drawn()
    model.embed_speech([torch.randn(3200), torch.randn(2000)]).square().sum().backward()
    without = [
        name for name, p in model.named_parameters() if p.grad is None and not name.startswith("image_head")
    ]
    assert without == []


def test_without_heads_there_are_no_embeddings() -> None:
    model = VGHubert(VGHubertConfig(plain_hubert_config(**SIZES)))
    with pytest.raises(SegmentationError, match="has no heads"):
        model.embed_speech([torch.randn(3200)])
    with pytest.raises(SegmentationError, match="has no heads"):
        model.embed_images(torch.randn(2, 5))


def test_heads_need_a_joint_space() -> None:
    with pytest.raises(SegmentationError, match="without joint_size"):
        VGHubertConfig(plain_hubert_config(**SIZES), image_size=5)


def test_folders_that_hold_no_model_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SegmentationError, match="no configuration of a VG-HuBERT"):
        VGHubert.from_pretrained(tmp_path)
    drawn().save_pretrained(tmp_path)
    weights = (tmp_path / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(weights[: len(weights) // 2])
    with pytest.raises(SegmentationError, match="cannot be loaded"):
        VGHubert.from_pretrained(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(SegmentationError, match="cannot be loaded"):
        VGHubert.from_pretrained(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "hubert"}')
    with pytest.raises(SegmentationError, match="describes a hubert, expected vg_hubert"):
        VGHubert.from_pretrained(tmp_path)


def test_weights_of_another_size_are_refused(tmp_path: Path) -> None:
    drawn().save_pretrained(tmp_path)
    drawn(num_hidden_layers=2).config.write(tmp_path / "config.json")
    with pytest.raises(SegmentationError, match=r"Unexpected key.*layers\.2"):
        VGHubert.from_pretrained(tmp_path)
