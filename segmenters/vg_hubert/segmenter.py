"""The `Segmenter` of VG-HuBERT: many recordings, of any length, in bounded memory."""

import copy
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from segmenters.errors import SegmentationError
from segmenters.segmentation import Segmentation, tile
from segmenters.speech import Speech
from segmenters.vg_hubert.attention import AttentionConfig, attended, insert_runs, runs_of, word_boundaries
from segmenters.vg_hubert.model import VGHubert
from segmenters.vg_hubert.threads import one_thread_each

RATE = 16000
METHOD = "vg_hubert"
# Of a window's frames, so many at each inner edge are context: the neighbouring window decides about them.
_CONTEXT_SECONDS = 2.0
_SHORTEST_WINDOW = 5.0


@dataclass(frozen=True, slots=True)
class VGHubertSegmenterConfig:
    """How VG-HuBERT segments.

    Attributes:
        attention: how attention becomes words.
        window: seconds; longer recordings are heard in overlapping windows of this length, each with its own
            thresholds. Shorter ones come out exactly as published.
        batch: seconds of speech that go through the model at once, at least one window. On a processor each
            core has a batch of its own, and short ones stay in its cache; a GPU wants some minutes.
        bf16: multiply in bfloat16 up to the layer whose attention counts; layer norms, the sums of the layers,
            that attention and its thresholds stay in float32. About one boundary in a hundred moves a frame.
        device: where torch computes.
    """

    attention: AttentionConfig = field(default_factory=AttentionConfig)
    window: float = 30.0
    batch: float = 10.0
    bf16: bool = False
    device: str = "cpu"

    def __post_init__(self) -> None:
        if not self.window >= _SHORTEST_WINDOW:
            fault = f"window is {self.window} s, of which {2 * _CONTEXT_SECONDS:g} s are context"
            raise SegmentationError(fault, remedy=f"take {_SHORTEST_WINDOW:g} s or more")


class VGHubertSegmenter:
    """Cuts speech midway between the stretches that CLS attends to.

    Args:
        model: the model, which stays as it is.
        config: how.

    Raises:
        SegmentationError: the model has no such layer.
    """

    def __init__(self, model: VGHubert, config: VGHubertSegmenterConfig | None = None) -> None:
        self.config = config or VGHubertSegmenterConfig()
        layer = self.config.attention.layer
        if layer >= model.layers:
            fault = f"layer {layer} is asked for, counted from 0; the model has {model.layers}"
            raise SegmentationError(fault, where=METHOD, remedy=f"take 0 to {model.layers - 1}")
        self._model = copy.deepcopy(model).to(self.config.device).eval().requires_grad_(False)
        del self._model.hubert.encoder.layers[layer + 1 :]
        _fix_positions(self._model)
        if self.config.bf16:
            _multiply_in_bf16(self._model, layer)
        self._hop, self._reach = model.hop, model.reach
        self._window = max(1, int(self.config.window * RATE - self._reach) // self._hop + 1)
        self._context = round(_CONTEXT_SECONDS * RATE / self._hop)

    def segment(self, utterances: Sequence[Speech]) -> list[Segmentation]:
        """One segmentation an utterance, in their order; its spans tile it.

        Raises:
            SegmentationError: naming the utterance that is not at 16 kHz, not finite or shorter than a frame.
        """
        for utterance in utterances:
            self._check(utterance)
        found = [np.zeros(self._frames(len(utterance.samples)), dtype=bool) for utterance in utterances]
        batches = list(self._batches(utterances))
        in_turn = one_thread_each if torch.device(self.config.device).type == "cpu" else map
        for batch, results in zip(batches, in_turn(self._attended, batches), strict=True):
            for window, frames in zip(batch, results, strict=True):
                window.write(frames, found[window.utterance])
        return [self._words(utterance, frames) for utterance, frames in zip(utterances, found, strict=True)]

    def _check(self, utterance: Speech) -> None:
        samples, rate = utterance.samples, utterance.rate
        if rate != RATE:
            fault = f"is at {rate} Hz, the model hears {RATE} Hz"
            raise SegmentationError(fault, where=utterance.id, remedy=f"resample it to {RATE} Hz")
        if samples.ndim != 1:
            fault = f"has samples of shape {samples.shape}, expected [n]"
            raise SegmentationError(fault, where=utterance.id, remedy="mix it down to one channel")
        if len(samples) < self._reach:
            fault = f"has {len(samples)} samples, one frame needs {self._reach}"
            raise SegmentationError(fault, where=utterance.id, remedy="leave it out")
        if not np.isfinite(samples).all():
            at = int(np.argmin(np.isfinite(samples)))
            fault = f"sample {at} is {samples[at]}"
            raise SegmentationError(fault, where=utterance.id, remedy="repair the recording or leave it out")

    def _batches(self, utterances: Sequence[Speech]) -> "Iterator[list[_Window]]":
        """Windows of exactly one length together: padding would reach the frames through the group norm."""
        alike: dict[int, list[_Window]] = defaultdict(list)
        for index, utterance in enumerate(utterances):
            for window in self._windows(index, utterance.samples):
                alike[len(window.samples)].append(window)
        for length, windows in alike.items():
            size = max(1, int(self.config.batch * RATE) // length)
            yield from (windows[start : start + size] for start in range(0, len(windows), size))

    def _windows(self, utterance: int, samples: npt.NDArray[np.float32]) -> "list[_Window]":
        """The whole recording, or windows that overlap by twice the context, the last one flush with the end."""
        total = self._frames(len(samples))
        if total <= self._window:
            return [_Window(utterance, 0, 0, samples)]
        length = (self._window - 1) * self._hop + self._reach
        stride = self._window - 2 * self._context
        starts = [*range(0, total - self._window, stride), total - self._window]
        return [
            _Window(utterance, start, self._context if start else 0, samples[start * self._hop :][:length])
            for start in starts
        ]

    @torch.inference_mode()
    def _attended(self, batch: "list[_Window]") -> npt.NDArray[np.bool_]:
        waveforms = torch.from_numpy(np.stack([window.samples for window in batch]).astype(np.float32))
        waveforms, layer = waveforms.to(self.config.device), self.config.attention.layer
        with torch.autocast(waveforms.device.type, torch.bfloat16, enabled=self.config.bf16):
            states = self._model.states(waveforms, layer)
        attention: Tensor = self._model.cls_attention(states.float(), layer)
        frames: npt.NDArray[np.bool_] = attended(attention, self.config.attention.quantile).cpu().numpy()
        return frames

    def _words(self, utterance: Speech, frames: npt.NDArray[np.bool_]) -> Segmentation:
        config, runs = self.config.attention, runs_of(frames)
        if not len(runs):
            fault = "the model's attention to it is not finite"
            raise SegmentationError(fault, where=utterance.id, remedy="scale its samples to within ±1")
        if config.insertion is not None:
            runs = insert_runs(runs, len(frames), config.insertion * len(frames) / utterance.duration)
        boundaries = word_boundaries(runs, len(frames), utterance.duration)
        return Segmentation(
            utterance.id, utterance.duration, tile(boundaries.tolist()), METHOD, asdict(config)
        )

    def _frames(self, samples: int) -> int:
        return (samples - self._reach) // self._hop + 1


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """Part of a recording: `start` in frames; its first `context` frames are the window's before."""

    utterance: int
    start: int
    context: int
    samples: npt.NDArray[np.float32]

    def write(self, frames: npt.NDArray[np.bool_], into: npt.NDArray[np.bool_]) -> None:
        """Overwrites the last context of the window before, so windows have to come in order."""
        into[self.start + self.context : self.start + len(frames)] = frames[self.context :]


def _fix_positions(model: VGHubert) -> None:
    """Compute the normalised weights of the positional convolution once rather than at each call."""
    positions = model.hubert.encoder.pos_conv_embed
    learned = positions.conv
    # Not by remove_parametrizations: a copied module shares its class with the original, which it would spoil.
    positions.conv = nn.Conv1d(
        learned.in_channels,
        learned.out_channels,
        learned.kernel_size,
        padding=learned.padding,
        groups=learned.groups,
        device=learned.bias.device,
    ).requires_grad_(False)
    positions.conv.load_state_dict({"weight": learned.weight, "bias": learned.bias})


def _multiply_in_bf16(model: VGHubert, layer: int) -> None:
    """Once, rather than autocast at each call."""
    encoder = model.hubert.encoder
    front = (model.hubert.feature_extractor, model.hubert.feature_projection, encoder.pos_conv_embed)
    for part in (*front, *encoder.layers[:layer]):
        for module in part.modules():
            if isinstance(module, nn.Linear | nn.Conv1d):
                module.to(torch.bfloat16)
