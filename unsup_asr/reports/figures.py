"""The charts of training, as SVG that takes its colours and its font from the page around it."""

import io
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from unsup_asr.reports.run import Candidate, TrainingStep

_Row = TypeVar("_Row", TrainingStep, Candidate)

# Colours that stand for the page's CSS variables until the SVG is written.
_INK, _GRID = "#010203", "#010204"
_SERIES = [f"#01030{k}" for k in range(8)]
_CSS = {_INK: "currentColor", _GRID: "var(--line)"} | {c: f"var(--series-{k})" for k, c in enumerate(_SERIES)}

_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "report",
    "font.size": 9,
    "axes.edgecolor": _GRID,
    "axes.labelcolor": _INK,
    "axes.titlesize": 9,
    "axes.titlecolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": _GRID,
    "ytick.color": _GRID,
    "xtick.labelcolor": _INK,
    "ytick.labelcolor": _INK,
    "axes.grid": True,
    "grid.color": _GRID,
    "grid.linewidth": 0.6,
}

# More points than this on a line are averaged in blocks: a chart shows no more, and the page stays small.
_POINTS = 200
_COLUMNS = 3


@dataclass(frozen=True, slots=True)
class Chart:
    """A stage's chart: SVG to put into the page as it is, and the starts in the order of their colours."""

    stage: str
    svg: str
    starts: list[int]


def learning_curves(steps: Sequence[TrainingStep]) -> list[Chart]:
    """A chart a stage, a panel a loss, a line a start."""
    return [_learning_chart(stage, rows) for stage, rows in _by_stage(steps).items()]


def selection_charts(candidates: Sequence[Candidate]) -> list[Chart]:
    """A chart a stage: perplexity against image retrieval of each checkpoint, those chosen ringed."""
    usable = [row for row in candidates if row.perplexity is not None and row.retrieval_r1 is not None]
    return [_selection_chart(stage, rows) for stage, rows in _by_stage(usable).items()]


def _by_stage(rows: Sequence[_Row]) -> dict[str, list[_Row]]:
    table: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        table[row.stage].append(row)
    return table


def _learning_chart(stage: str, rows: list[TrainingStep]) -> Chart:
    names = list(dict.fromkeys(name for row in rows for name in row.losses))
    starts = sorted({row.start for row in rows})
    height = max(1, -(-len(names) // _COLUMNS))
    with rc_context(_STYLE):
        figure = Figure(figsize=(10.2, 2.1 * height), layout="constrained")
        panels = list(figure.subplots(height, _COLUMNS, squeeze=False).flat)
        for panel, name in zip(panels, names, strict=False):
            panel.set_title(name.replace("_", " "), loc="left")
            for start, colour in zip(starts, _colours(starts), strict=True):
                _line(panel, [row for row in rows if row.start == start and name in row.losses], name, colour)
        for panel in panels[len(names) :]:
            panel.set_axis_off()
        return Chart(stage, _svg(figure, f"curves-{stage}"), starts)


def _line(panel: Axes, rows: list[TrainingStep], name: str, colour: str) -> None:
    points = np.array([(row.step, row.losses[name]) for row in rows]).reshape(-1, 2)
    blocks = np.array_split(points, min(len(points), _POINTS)) if len(points) else []
    means = np.array([block.mean(axis=0) for block in blocks]).reshape(-1, 2)
    panel.plot(*means.T, color=colour, linewidth=1.4, marker="o" if len(means) == 1 else None)


def _selection_chart(stage: str, rows: list[Candidate]) -> Chart:
    starts = sorted({row.start for row in rows})
    with rc_context(_STYLE):
        figure = Figure(figsize=(5.0, 3.1), layout="constrained")
        panel = figure.subplots()
        for start, colour in zip(starts, _colours(starts), strict=True):
            points = sorted((row for row in rows if row.start == start), key=lambda row: row.step)
            places = [(row.perplexity, row.retrieval_r1) for row in points]
            panel.plot(*zip(*places, strict=True), color=colour, linewidth=0.8, marker="o", markersize=4)
        kept = np.array([(row.perplexity, row.retrieval_r1) for row in rows if row.chosen]).reshape(-1, 2)
        panel.plot(*kept.T, "o", markersize=11, markeredgewidth=1.6, markeredgecolor=_INK, fillstyle="none")
        panel.set_xlabel("perplexity of the greedy output")
        panel.set_ylabel("image retrieval, R@1 in %")
        return Chart(stage, _svg(figure, f"selection-{stage}"), starts)


def _colours(starts: list[int]) -> list[str]:
    return [_SERIES[k % len(_SERIES)] for k in range(len(starts))]


def _svg(figure: Figure, name: str) -> str:
    """The figure as an <svg> element whose ids, styles and colours do not clash with the page's."""
    file = io.StringIO()
    metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.savefig(file, format="svg", transparent=True, metadata=metadata)
    text = file.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r"font-family: [^;\"]*;?", "", text)
    prefix = re.sub(r"\W", "-", name)
    text = re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{prefix}-", text)
    for colour, variable in _CSS.items():
        text = text.replace(colour, variable)
    return text
