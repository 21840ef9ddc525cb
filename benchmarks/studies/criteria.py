"""The criteria without labels that are compared: each ranks runs, and picks one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.studies.records import Judged
from unsup_asr.training.criteria import used_likelihood, wav2vec_u_choice, weighted_perplexity


@dataclass(frozen=True)
class Criterion:
    """One way of choosing.

    Attributes:
        label: what it is called.
        score: of a run; higher is better.
        choose: the index of the run that is taken.
    """

    label: str
    score: Callable[[Judged], float]
    choose: Callable[[Sequence[Judged]], int]


def _best_by(label: str, score: Callable[[Judged], float]) -> Criterion:
    return Criterion(label, score, lambda runs: int(np.argmax([score(run) for run in runs])))


def _use(run: Judged) -> float:
    """The share of the vocabulary that is used; silence counts as a thousandth."""
    return max(run.vocabulary_use / 100, 1e-3)


def _wav2vec_u(runs: Sequence[Judged]) -> int:
    return wav2vec_u_choice(
        [run.perplexity for run in runs],
        [_use(run) for run in runs],
        [run.log10_probability for run in runs],
    )


CRITERIA = (
    _best_by("perplexity", lambda run: -run.perplexity),
    _best_by(
        "perplexity / use² (wav2vec-U, code)", lambda run: -weighted_perplexity(run.perplexity, _use(run))
    ),
    Criterion(
        "log use − NLL (wav2vec-U, paper)", lambda run: used_likelihood(run.perplexity, _use(run)), _wav2vec_u
    ),
    _best_by("retrieval of the picture", lambda run: run.retrieval_r1),
    _best_by("log retrieval + log use − NLL (ours)", lambda run: run.score),
)
