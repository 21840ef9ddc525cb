"""Charts are well-formed SVG that takes the page's colours, with a line for every start."""

import re
from dataclasses import replace
from xml.etree import ElementTree

from unsup_asr.reports.figures import Chart, learning_curves, selection_charts
from unsup_asr.reports.run import Candidate, TrainingStep

SVG = "{http://www.w3.org/2000/svg}"


def steps(stage: str = "semantic", starts: int = 2, count: int = 30) -> list[TrainingStep]:
    return [
        TrainingStep(stage, start, step, {"semantic": 3 - step / count, "language_model": 5 + start})
        for start in range(starts)
        for step in range(count)
    ]


def lines(chart: Chart, start: int) -> list[str]:
    """The paths drawn in the colour of a start."""
    drawn = ElementTree.fromstring(chart.svg).iter(f"{SVG}path")
    return [path.get("d", "") for path in drawn if f"--series-{start}" in path.get("style", "")]


def test_there_is_a_chart_a_stage_in_their_order():
    charts = learning_curves([*steps("semantic"), *steps("adversarial", starts=1)])
    assert [(chart.stage, chart.starts) for chart in charts] == [("semantic", [0, 1]), ("adversarial", [0])]


def test_every_start_has_a_line_in_every_panel():
    (chart,) = learning_curves(steps())
    for start in range(2):
        assert len(lines(chart, start)) == 2
    assert not lines(chart, 2)
    text = " ".join(ElementTree.fromstring(chart.svg).itertext())
    assert "semantic" in text and "language model" in text


def test_a_falling_loss_is_drawn_falling():
    """In SVG, down is a larger y."""
    (chart,) = learning_curves(steps(starts=1))
    ys = [float(y) for _, y in re.findall(r"([\d.]+) ([\d.]+)", lines(chart, 0)[0])]
    assert len(ys) > 1
    assert ys == sorted(ys)


def test_long_trainings_make_small_charts():
    (short,), (long,) = learning_curves(steps(count=200)), learning_curves(steps(count=20_000))
    assert len(long.svg) < 1.3 * len(short.svg)


def test_colours_are_the_pages_and_ids_the_charts_own():
    charts = learning_curves([*steps("semantic"), *steps("adversarial")])
    ids = [set(re.findall(r'id="([^"]+)"', chart.svg)) for chart in charts]
    assert ids[0].isdisjoint(ids[1])
    for chart, own in zip(charts, ids, strict=True):
        assert not re.search(r"#0102|#0103|font-family", chart.svg)
        assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', chart.svg)) <= own


def test_the_same_figures_draw_the_same_chart():
    assert learning_curves(steps()) == learning_curves(steps())


def test_chosen_candidates_are_ringed():
    candidates = [Candidate("semantic", k, 100, 20.0 + k, 50.0 - k, chosen=k == 1) for k in range(3)]
    (one,) = selection_charts(candidates)
    (none,) = selection_charts([replace(candidate, chosen=False) for candidate in candidates])
    assert one.starts == [0, 1, 2]
    assert one.svg.count("<use") == none.svg.count("<use") + 1


def test_candidates_without_figures_are_left_out():
    bare = Candidate("semantic", 0, 100, None, None, chosen=True)
    assert selection_charts([bare]) == []
    assert learning_curves([]) == []
