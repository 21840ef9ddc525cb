"""What BatchNorm does to keywords: where they lie among the token embeddings, with it and without it.

Without it, a keyword can lie anywhere, and its nearest tokens tell little; BatchNorm with the statistics of the
tokens puts keywords among these.

Shapes: V tokens, N keywords, W width of CLIP's text tower.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from unsup_asr.errors import InputError
from unsup_asr.files import replacing
from unsup_asr.reports.embedding import data_uri

# Keywords, and tokens, that are kept and drawn at most.
_MOST = 2000
_TOKENS, _POSITIONS, _PANEL = "tokens", "positions", "panel "
_TOKEN_COLOUR = "#9aa1ab"
# Positions of keywords take these in turn.
_COLOURS = ("#2866c4", "#c2570c", "#1b8a5a", "#a03a9a", "#8a6d00", "#b3261e", "#4f5b66", "#0f8ea8")


@dataclass(frozen=True)
class Panel:
    """Some keywords [N, W] and what they are called, `with BatchNorm`."""

    name: str
    keywords: Tensor


@dataclass(frozen=True)
class EmbeddingSpace:
    """The same keywords in several forms, and the tokens that they choose from.

    Attributes:
        tokens: [V, W].
        positions: [N], which of its utterance's keywords each is, from 0.
        panels: the keywords without BatchNorm, and with it.
    """

    tokens: Tensor
    positions: Tensor
    panels: tuple[Panel, ...]

    def thinned(self, seed: int = 0) -> "EmbeddingSpace":
        """Few enough tokens and keywords for a picture, drawn evenly."""
        generator = torch.Generator().manual_seed(seed)
        tokens, kept = (
            torch.randperm(n, generator=generator)[:_MOST].sort().values
            for n in (len(self.tokens), len(self.positions))
        )
        panels = tuple(replace(panel, keywords=panel.keywords.cpu()[kept]) for panel in self.panels)
        return EmbeddingSpace(self.tokens.cpu()[tokens], self.positions.cpu()[kept], panels)

    def write(self, path: Path) -> None:
        """Write what a picture needs of it, as safetensors."""
        kept = self.thinned()
        tensors = {_TOKENS: kept.tokens.float(), _POSITIONS: kept.positions}
        for number, panel in enumerate(kept.panels):
            tensors[f"{_PANEL}{number} {panel.name}"] = panel.keywords.float()
        with replacing(path) as temporary:
            save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, temporary)

    @classmethod
    def read(cls, path: Path) -> "EmbeddingSpace":
        """Read what `write` wrote.

        Raises:
            InputError: the file is missing or holds something else.
        """
        try:
            with safe_open(path, framework="pt") as file:
                tensors = {name: file.get_tensor(name) for name in sorted(file.keys())}
            tokens, positions = tensors.pop(_TOKENS), tensors.pop(_POSITIONS)
            return cls(tokens, positions, tuple(Panel(n.split(" ", 2)[2], t) for n, t in tensors.items()))
        except (OSError, SafetensorError, KeyError, IndexError) as error:
            fault = f"holds no keywords and tokens: {error}"
            raise InputError(fault, where=path, remedy="evaluate the run again") from error


@dataclass(frozen=True)
class Projection:
    """Principal components: tokens [V, 2], keywords [N, 2], and the share of variance of each, in percent."""

    tokens: Tensor
    keywords: Tensor
    explained: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Closeness:
    """How well keywords lie among tokens.

    Attributes:
        distance: from the centre of the keywords to that of the tokens, in tokens' root mean square distances
            from theirs; 0 is right.
        spread: root mean square distance of the keywords from their centre, in the same measure; 1 is right.
        nearest: mean cosine of a keyword and its nearest token; 1 is right.
    """

    distance: float
    spread: float
    nearest: float


def project(tokens: Tensor, keywords: Tensor) -> Projection:
    """The first two principal components of tokens and keywords together.

    Each axis points to where its largest loading is positive, so that the same data are always drawn alike.
    """
    both = torch.cat([tokens, keywords]).double()
    centred = both - both.mean(dim=0)
    _, scales, axes = torch.linalg.svd(centred, full_matrices=False)
    axes = axes[:2] * axes[:2].gather(1, axes[:2].abs().argmax(dim=1, keepdim=True)).sign()
    places = (centred @ axes.T).float()
    first, second = (100 * scales[:2].square() / scales.square().sum()).tolist()
    return Projection(places[: len(tokens)], places[len(tokens) :], (first, second))


def closeness(tokens: Tensor, keywords: Tensor) -> Closeness:
    """Measure it."""
    centres = tokens.mean(dim=0), keywords.mean(dim=0)
    token_spread, keyword_spread = (
        float((group - centre).square().sum(dim=1).mean().sqrt())
        for group, centre in zip((tokens, keywords), centres, strict=True)
    )
    cosines = functional.normalize(keywords, dim=1) @ functional.normalize(tokens, dim=1).T
    distance = float((centres[0] - centres[1]).norm())
    return Closeness(
        distance / token_spread, keyword_spread / token_spread, float(cosines.max(dim=1).values.mean())
    )


def space_uri(space: EmbeddingSpace) -> str:
    """The picture, a panel beside the other, as PNG."""
    thin = space.thinned()
    figure = Figure(figsize=(5.1 * len(thin.panels), 4.3), dpi=110, layout="constrained")
    axes: Sequence[Axes] = list(figure.subplots(1, len(thin.panels), squeeze=False).flat)
    for panel, drawn in zip(axes, thin.panels, strict=True):
        _draw(panel, thin, drawn)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=9, fontsize=7, markerscale=2, frameon=False
    )
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return data_uri("image/png", file)


def _draw(axes: Axes, space: EmbeddingSpace, panel: Panel) -> None:
    found = project(space.tokens, panel.keywords)
    axes.scatter(
        found.tokens[:, 0],
        found.tokens[:, 1],
        s=3,
        color=_TOKEN_COLOUR,
        label="token embeddings",
        linewidths=0,
    )
    for k in sorted(set(space.positions.tolist())):
        mine = found.keywords[space.positions == k]
        label = f"keyword {k + 1}" if k < len(_COLOURS) else None
        axes.scatter(
            mine[:, 0],
            mine[:, 1],
            s=4,
            color=_COLOURS[k % len(_COLOURS)],
            label=label,
            linewidths=0,
            alpha=0.7,
        )
    axes.set_title(panel.name, loc="left", fontsize=10)
    axes.set_xlabel(f"PC 1 ({found.explained[0]:.1f} %)")
    axes.set_ylabel(f"PC 2 ({found.explained[1]:.1f} %)")
    axes.spines[["top", "right"]].set_visible(False)
