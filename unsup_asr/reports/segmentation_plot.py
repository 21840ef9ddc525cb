"""A picture of an utterance: its spectrogram, what a model attends to in it, and the words found."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from segmenters.segmentation import Segmentation
from segmenters.speech import Speech
from unsup_asr.encoders.log_mel import LogMelConfig, LogMelEncoder
from unsup_asr.files import replacing

# Inches, and pixels an inch.
_WIDTH, _PANEL, _DPI = 12.0, 2.4, 100
# Longer utterances are shown up to here.
LONGEST = 15.0
_WORD, _EDGE = "#d95f02", "#ffffff"


def plot_segmentation(
    path: Path,
    speech: Speech,
    segmentation: Segmentation,
    attention: npt.NDArray[np.floating] | None = None,
) -> None:
    """Draw an utterance and its words as a PNG, 1,200 pixels wide, 240 high for each panel.

    Args:
        path: the file.
        speech: the utterance, at 16 kHz; `LONGEST` seconds of it are shown.
        segmentation: its words.
        attention: [heads, T], over frames that share the seconds shown evenly, where the method has it.
    """
    panels = 2 if attention is None else 3
    figure = Figure(figsize=(_WIDTH, _PANEL * panels), dpi=_DPI, layout="constrained")
    axes = figure.subplots(panels, 1, sharex=True)
    seconds = min(LONGEST, speech.duration)
    _draw_spectrogram(axes[0], speech, segmentation, seconds)
    if attention is not None:
        _draw_attention(axes[1], attention, segmentation, seconds)
    _draw_words(axes[-1], speech, segmentation)
    axes[0].set_title(f"{speech.id} · {segmentation.method}", loc="left")
    axes[-1].set(xlabel="seconds", xlim=(0, seconds))
    figure.align_ylabels()
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png")


def _draw_spectrogram(axes: Axes, speech: Speech, segmentation: Segmentation, seconds: float) -> None:
    config = LogMelConfig(mels=80)
    samples = torch.from_numpy(speech.samples[: round(seconds * speech.rate)])
    energies = LogMelEncoder(config).encode(samples).T.numpy()
    axes.imshow(energies, origin="lower", aspect="auto", cmap="magma", extent=(0, seconds, 0, config.mels))
    axes.set(ylabel="mel channel")
    _draw_edges(axes, segmentation)


def _draw_attention(
    axes: Axes, attention: npt.NDArray[np.floating], segmentation: Segmentation, seconds: float
) -> None:
    """Each head by its own measure: thresholds are quantiles of a head."""
    shown = attention / attention.max(axis=1, keepdims=True)
    heads = len(shown)
    axes.imshow(shown, origin="lower", aspect="auto", cmap="viridis", extent=(0, seconds, 0, heads))
    axes.set(ylabel="attention head", yticks=np.arange(heads) + 0.5, yticklabels=range(heads))
    _draw_edges(axes, segmentation)


def _draw_words(axes: Axes, speech: Speech, segmentation: Segmentation) -> None:
    """The waveform; words are coloured, from edge to edge."""
    size = round(LONGEST * speech.rate)
    times = np.arange(len(speech.samples[:size])) / speech.rate
    axes.plot(times, speech.samples[:size], color="black", linewidth=0.4)
    axes.set(ylabel="waveform")
    for number, span in enumerate(segmentation.spans):
        axes.axvspan(span.start, span.end, color=_WORD, alpha=0.15 if number % 2 else 0.4, linewidth=0)


def _draw_edges(axes: Axes, segmentation: Segmentation) -> None:
    edges = sorted({time for span in segmentation.spans for time in (span.start, span.end)})
    axes.vlines(edges, *axes.get_ylim(), colors=_EDGE, linewidth=1.2)
