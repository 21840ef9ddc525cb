"""How well criteria without labels choose among runs of `mini_en` that differ in seed and weights.

One start a run and no restart, so that runs differ; weights that are known to collapse are among them. Criteria
see the greedy text of validation speech; they are held against the word error rate of the test speech at the end
of the run.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

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
    """The tables: criteria at the end, criteria before self-training, and all runs."""
    labelled = [(row.label, found) for row in conditions for found in records.all_done(row.runs)]
    runs = [found for _, found in labelled]
    names = [f"{label}, seed {found.seed}" for label, found in labelled]
    return "\n\n".join(
        [
            f"{len(runs)} runs, {len(_converged(runs))} of them nearer to the best than to chance.",
            f"Judged at the end of the run:\n\n{_criteria(runs, names, _last)}",
            f"Judged when the losses have taught it, as starts are:\n\n{_criteria(runs, names, _early)}",
            f"The runs, as they were judged at the end:\n\n{_runs(runs, names)}",
        ]
    )


def _last(run: Record) -> Judged:
    """What was said of the last generator."""
    return [each for each in run.judged if each.chosen][-1]


def _early(run: Record) -> Judged:
    """What was said of the generator when the losses had taught it."""
    return run.chosen(loss_stages(_RECIPE)[-1].name)


def _wers(runs: Sequence[Record]) -> list[float]:
    return [found.wer for found in runs if found.wer is not None]


def _converged(runs: Sequence[Record]) -> list[int]:
    return converged(_wers(runs), [found.chance_wer for found in runs if found.chance_wer is not None])


def _criteria(runs: Sequence[Record], names: Sequence[str], judged: Callable[[Record], Judged]) -> str:
    head = ["criterion", "picks", "WER %", "points behind the best [95 %]", "rank", "best quarter"]
    head += ["Spearman, all [95 %]", "Spearman, not collapsed [95 %]"]
    lines = [_verdict(each, [judged(run) for run in runs], runs, names) for each in CRITERIA]
    return table(head, lines)


def _verdict(
    criterion: Criterion, judged: Sequence[Judged], runs: Sequence[Record], names: Sequence[str]
) -> list[str]:
    """A criterion's row."""
    wers, healthy = np.array(_wers(runs)), np.array(_converged(runs))
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
        f"{taken.distance:.1f} {_text(bootstrap(len(runs), distance), 1)}",
        f"{taken.rank} of {len(runs)}",
        "yes" if taken.best_quarter else "no",
        f"{correlation(np.arange(len(runs))):.2f} {_text(bootstrap(len(runs), correlation), 2)}",
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
