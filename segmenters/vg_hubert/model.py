"""A HuBERT with a CLS token that meets pictures (Peng & Harwath 2022, Word Discovery in Visually Grounded,
Self-Supervised Speech Models)."""

import math
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from transformers import HubertModel

from segmenters.errors import SegmentationError
from segmenters.vg_hubert.config import VGHubertConfig

WEIGHTS, CONFIG = "model.safetensors", "config.json"
# In training, batches are as long as a multiple of this.
_PADDED_FRAMES = 32


class VGHubert(nn.Module):
    """Convolutions, then transformer layers over [CLS, frames].

    CLS stands before the first layer norm and has no position. For training, heads take the CLS output and a
    picture's embedding into a space of their own.
    """

    def __init__(self, config: VGHubertConfig) -> None:
        super().__init__()
        self.config = config
        self.hubert = HubertModel(config.hubert)
        width = config.hubert.hidden_size
        self.cls_token = nn.Parameter(torch.randn(1, 1, width))
        self.audio_head = _head(width, width, config.joint_size)
        self.image_head = _head(config.image_size, width, config.joint_size)

    @property
    def layers(self) -> int:
        """How many transformer layers there are."""
        return len(self.hubert.encoder.layers)

    @property
    def hop(self) -> int:
        """Samples between frames."""
        return math.prod(self.config.hubert.conv_stride)

    @property
    def reach(self) -> int:
        """Samples that one frame sees."""
        hop, reach = 1, 1
        for kernel, stride in zip(
            self.config.hubert.conv_kernel, self.config.hubert.conv_stride, strict=True
        ):
            reach += (kernel - 1) * hop
            hop *= stride
        return reach

    def states(self, waveforms: Tensor, depth: int) -> Tensor:
        """What leaves the first `depth` layers, [B, 1 + T, D], CLS first; 0 is what enters the first.

        Args:
            waveforms: [B, n], of one length: padding would reach the frames through the group norm.
            depth: how many layers to run, at most `layers`.
        """
        states = self._with_cls(self._frames(waveforms))
        for block in self.hubert.encoder.layers[:depth]:
            states = block(states)
        return states

    def cls_attention(self, states: Tensor, layer: int) -> Tensor:
        """The CLS token's attention to the frames, [B, heads, T]; with that to itself, a head sums to 1.

        Args:
            states: [B, 1 + T, D], what enters the layer.
            layer: which, counted from 0.
        """
        block = self.hubert.encoder.layers[layer]
        if self.config.hubert.do_stable_layer_norm:
            states = block.layer_norm(states)
        attention = block.attention
        by_head = (attention.num_heads, attention.head_dim)
        query = attention.q_proj(states[:, 0]).unflatten(-1, by_head) * attention.scaling
        keys = attention.k_proj(states).unflatten(-1, by_head)
        scores = torch.einsum("bhd,bthd->bht", query, keys)
        return scores.softmax(dim=-1)[..., 1:]

    def features(self, waveforms: Tensor, layer: int) -> tuple[Tensor, Tensor]:
        """The frames that leave a layer, [B, T, D], and its CLS attention, [B, heads, T], for pooling."""
        entering = self.states(waveforms, layer)
        leaving = self.hubert.encoder.layers[layer](entering)
        if self.config.hubert.do_stable_layer_norm:
            leaving = self.hubert.encoder.layer_norm(leaving)
        return leaving[:, 1:], self.cls_attention(entering, layer)

    def embed_speech(self, waveforms: Sequence[Tensor]) -> Tensor:
        """The CLS outputs in the joint space, [B, E], of waveforms [n] of any length.

        No padding reaches a frame: an embedding does not depend on what else is in the batch.

        Raises:
            SegmentationError: the model has no head for speech.
        """
        frames, lengths = self._all_frames(waveforms)
        states = self._with_cls(frames)
        padding = torch.arange(states.shape[1], device=states.device) >= 1 + lengths[:, None]
        mask = torch.zeros_like(padding, dtype=states.dtype).masked_fill(padding, float("-inf"))[
            :, None, None
        ]
        for block in self.hubert.encoder.layers:
            states = block(states, attention_mask=mask)
        if self.config.hubert.do_stable_layer_norm:
            states = self.hubert.encoder.layer_norm(states)
        return _through(self.audio_head, states[:, 0])

    def embed_images(self, images: Tensor) -> Tensor:
        """Pictures' embeddings [B, image_size] in the joint space, [B, E].

        Raises:
            SegmentationError: the model has no head for pictures.
        """
        return _through(self.image_head, images)

    def reinitialise_last(self, count: int) -> None:
        """Draw the last layers anew, as the published training does before it begins (3 or 4 of 12).

        Raises:
            SegmentationError: there are fewer layers.
        """
        if not 0 <= count <= self.layers:
            fault = f"{count} layers are to be drawn anew, there are {self.layers}"
            raise SegmentationError(fault, remedy=f"take 0 to {self.layers}")
        for module in self.hubert.encoder.layers[self.layers - count :].modules():
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=self.config.hubert.initializer_range)
                nn.init.zeros_(module.bias)
            elif isinstance(module, nn.LayerNorm):
                module.reset_parameters()

    def save_pretrained(self, folder: str | Path) -> None:
        """Write config.json and model.safetensors."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.config.write(folder / CONFIG)
        weights = {name: tensor.contiguous() for name, tensor in self.state_dict().items()}
        save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})

    @classmethod
    def from_pretrained(cls, folder: str | Path) -> "VGHubert":
        """Read what `save_pretrained` wrote, on the CPU and ready to segment.

        Raises:
            SegmentationError: a file is missing or damaged, or the weights are those of another architecture.
        """
        folder = Path(folder)
        model = cls(VGHubertConfig.read(folder / CONFIG))
        try:
            model.load_state_dict(load_file(folder / WEIGHTS))
        except (OSError, RuntimeError, SafetensorError) as error:
            fault = f"cannot be loaded: {' '.join(str(error).split())[:300]}"
            raise SegmentationError(fault, where=folder / WEIGHTS, remedy="import it again") from error
        return model.eval()

    def _frames(self, waveforms: Tensor) -> Tensor:
        """Frames with their positions, [B, T, D], before CLS joins them."""
        convolved = self.hubert.feature_extractor(waveforms)
        frames = self.hubert.feature_projection(convolved.transpose(1, 2))
        positioned: Tensor = frames + self.hubert.encoder.pos_conv_embed(frames)
        return positioned

    def _all_frames(self, waveforms: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Frames with their positions, [B, T, D], and how many of them are an utterance's own, [B]."""
        if self.config.hubert.feat_extract_norm == "layer":
            return self._padded_frames(waveforms)
        # A group norm sees padding, so each goes through the convolutions alone.
        alone = [self._frames(waveform[None])[0] for waveform in waveforms]
        lengths = torch.tensor([len(frames) for frames in alone], device=alone[0].device)
        return pad_sequence(alone, batch_first=True), lengths

    def _padded_frames(self, waveforms: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """The same for convolutions that are deaf to padding.

        Padded to one of few lengths: on a CPU, convolutions of a new shape cost a set-up each.
        """
        padded = pad_sequence(list(waveforms), batch_first=True)
        padded = nn.functional.pad(padded, (0, -padded.shape[1] % (_PADDED_FRAMES * self.hop)))
        frames = self.hubert.feature_projection(self.hubert.feature_extractor(padded).transpose(1, 2))
        lengths = torch.tensor(
            [(len(w) - self.reach) // self.hop + 1 for w in waveforms], device=frames.device
        )
        own = torch.arange(frames.shape[1], device=frames.device) < lengths[:, None]
        frames = frames * own[..., None]  # zeros are what the positions' convolution pads with, too
        return frames + self.hubert.encoder.pos_conv_embed(frames), lengths

    def _with_cls(self, frames: Tensor) -> Tensor:
        states = torch.cat([self.cls_token.expand(len(frames), -1, -1), frames], dim=1)
        if not self.config.hubert.do_stable_layer_norm:
            states = self.hubert.encoder.layer_norm(states)
        dropped: Tensor = self.hubert.encoder.dropout(states)
        return dropped


def from_hubert(hubert: HubertModel, joint_size: int, image_size: int) -> VGHubert:
    """A VG-HuBERT to train, with the weights of a HuBERT, a drawn CLS token and drawn heads.

    Args:
        hubert: the speech encoder to begin with.
        joint_size: E, channels of the joint space.
        image_size: channels of the pictures' embeddings.
    """
    model = VGHubert(VGHubertConfig(hubert.config, joint_size, image_size))
    model.hubert.load_state_dict(hubert.state_dict())
    return model


def _head(size: int | None, width: int, joint_size: int | None) -> nn.Module | None:
    if size is None or joint_size is None:
        return None
    return nn.Sequential(nn.Linear(size, 2 * width), nn.GELU(), nn.Linear(2 * width, joint_size))


def _through(head: nn.Module | None, inputs: Tensor) -> Tensor:
    if head is None:
        raise SegmentationError("has no heads, only words can be found", remedy="import it with its heads")
    embeddings: Tensor = head(inputs)
    return embeddings
