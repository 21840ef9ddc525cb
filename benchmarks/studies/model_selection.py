"""How well criteria without labels choose among runs of `mini_en` that differ in seed and weights.

One start a run and no restart, so that runs differ; weights that are known to collapse are among them. Criteria
see the greedy text of validation speech; they are held against word error rates of the test speech.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.studies.ablation import ONE_START, loss_condition
from benchmarks.studies.criteria import CRITERIA, Criterion
from benchmarks.studies.page import table
from benchmarks.studies.plan import Condition, loss_stages
from benchmarks.studies.records import Judged, Record, Records
from benchmarks.studies.statistics import Interval, bootstrap, converged, pick, rank_correlation
from unsup_asr.pipeline.config import GOLD
from unsup_asr.reports.scores import figure

PAGE = Path("docs/model_selection.md")
_RECIPE, _TABLE = "mini_en", "Choice of a model"
_FEWER_LOSSES = (
    ("semantic",),
    ("language model",),
    ("semantic", "language model"),
    ("semantic", "adversarial"),
)
_UNGUARDED = ("stages.1.weights.unigram=0", "stages.2.weights.unigram=0")
_TENFOLD = ("stages.1.weights.bigram=3", "stages.2.weights.bigram=3")


def conditions() -> list[Condition]:
    """Ten seeds of the recipe's weights, fewer of others; what the ablation has is shared with it."""
    fewer = [loss_condition(_RECIPE, GOLD, losses) for losses in _FEWER_LOSSES]
    return [
        Condition(_TABLE, "recipe", _RECIPE, ONE_START, range(10)),
        *(replace(row, table=_TABLE, label=f"{row.label} alone") for row in fewer),
        Condition(_TABLE, "no unigrams", _RECIPE, (*ONE_START, *_UNGUARDED), range(2)),
        Condition(
            _TABLE, "no unigrams, bigrams ten times", _RECIPE, (*ONE_START, *_UNGUARDED, *_TENFOLD), range(2)
        ),
    ]


def figures(records: Records, conditions: Sequence[Condition]) -> str:
    """The tables: criteria before self-training and at the end, and all runs."""
    labelled = [(row.label, found) for row in conditions for found in records.all_done(row.runs)]
    runs = [found for _, found in labelled]
    names = [f"{label}, seed {found.seed}" for label, found in labelled]
    return "\n\n".join(
        [
            *(_held_against(title, [judge(run) for run in runs], names) for title, judge in MOMENTS.items()),
            f"The runs, as they were judged at the end:\n\n{_runs(runs, names)}",
        ]
    )


@dataclass(frozen=True)
class _Verdict:
    """What was said of a generator without labels, and what it is held against."""

    said: Judged
    wer: float
    chance: float


def _early(run: Record) -> Judged:
    """What was said of the generator when the losses had taught it."""
    return run.chosen(loss_stages(_RECIPE)[-1].name)


def _last(run: Record) -> Judged:
    """What was said of the last generator."""
    return [each for each in run.judged if each.chosen][-1]


def _verdict(said: Judged, wer: float | None, run: Record) -> _Verdict:
    assert wer is not None and run.chance_wer is not None
    return _Verdict(said, wer, run.chance_wer)


# When runs are judged, and by which of their error rates judgements are held up.
MOMENTS: dict[str, Callable[[Record], _Verdict]] = {
    "Judged when the losses have taught it, as starts are, by its WER then": lambda run: _verdict(
        _early(run), run.stage_wer[_early(run).stage], run
    ),
    "Judged when the losses have taught it, by the WER at the end of the run": lambda run: _verdict(
        _early(run), run.wer, run
    ),
    "Judged at the end of the run, by its WER then": lambda run: _verdict(_last(run), run.wer, run),
}


def _held_against(title: str, verdicts: Sequence[_Verdict], names: Sequence[str]) -> str:
    """A table: a row a criterion."""
    healthy = converged([each.wer for each in verdicts], [each.chance for each in verdicts])
    head = ["criterion", "picks", "WER %", "points behind the best [95 %]", "rank", "best quarter"]
    head += ["Spearman, all [95 %]", "Spearman, not collapsed [95 %]"]
    lines = [_row(each, verdicts, names, np.array(healthy)) for each in CRITERIA]
    return (
        f"{title} ({len(healthy)} of {len(names)} nearer to the best than to chance):\n\n{table(head, lines)}"
    )


def _row(
    criterion: Criterion, verdicts: Sequence[_Verdict], names: Sequence[str], healthy: NDArray[np.intp]
) -> list[str]:
    """A criterion's row."""
    judged, wers = [each.said for each in verdicts], np.array([each.wer for each in verdicts])
    scores = np.array([criterion.score(each) for each in judged])

    def distance(drawn: np.ndarray) -> float:
        return pick(criterion.choose([judged[index] for index in drawn]), wers[drawn]).distance

    def correlation(drawn: np.ndarray) -> float:
        return rank_correlation(scores[drawn], wers[drawn])

    taken = pick(criterion.choose(judged), wers)
    return [
        criterion.label,
        names[taken.index],
        figure(wers[taken.index]),
        f"{taken.distance:.1f} {_text(bootstrap(len(wers), distance), 1)}",
        f"{taken.rank} of {len(wers)}",
        "yes" if taken.best_quarter else "no",
        f"{correlation(np.arange(len(wers))):.2f} {_text(bootstrap(len(wers), correlation), 2)}",
        f"{correlation(healthy):.2f} "
        f"{_text(bootstrap(len(healthy), lambda drawn: correlation(healthy[drawn])), 2)}",
    ]


def _text(interval: Interval, digits: int) -> str:
    return f"[{interval.low:.{digits}f}, {interval.high:.{digits}f}]"


def _runs(runs: Sequence[Record], names: Sequence[str]) -> str:
    head = ["run", "WER %", "before self-training", "perplexity", "use %", "retrieval R@1 %", "score"]
    rows = []
    for found, name in sorted(zip(runs, names, strict=True), key=lambda pair: pair[0].wer or 0.0):
        last, before = _last(found), found.stage_wer[_early(found).stage]
        told = (found.wer, before, last.perplexity, last.vocabulary_use, last.retrieval_r1)
        rows.append([name, *map(figure, told), figure(last.score, 2)])
    return table(head, rows)
