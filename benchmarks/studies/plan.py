"""What a study is made of: conditions, each run from several seeds."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

from unsup_asr.cli.configuration import compose, run_folder
from unsup_asr.pipeline.config import RunConfig, StageConfig


@dataclass(frozen=True)
class StudyRun:
    """One run. Two of the same recipe and words are the same run, whatever they are called.

    Attributes:
        label: what it is called in the log.
        recipe: its name.
        words: `key=value` each, the seed included; nothing that a machine alone has.
        seed: of learning.
    """

    label: str
    recipe: str
    words: tuple[str, ...]
    seed: int

    @cached_property
    def name(self) -> str:
        """Of its run folder."""
        return run_folder(self.recipe, self.words).name

    @property
    def corpus(self) -> tuple[str, ...]:
        """What its corpus, CLIP and features depend on; runs that have it in common share them."""
        return (self.recipe, *(word for word in self.words if re.match(r"data\.|segmenter=", word)))


@dataclass(frozen=True)
class Condition:
    """Runs that differ in their seed alone: a row of a table.

    Attributes:
        table: title of the table.
        label: what the row is called there.
        recipe: its name.
        words: what differs from the recipe, `key=value` each.
        seeds: one run each.
    """

    table: str
    label: str
    recipe: str
    words: tuple[str, ...] = ()
    seeds: Sequence[int] = range(3)

    @property
    def runs(self) -> list[StudyRun]:
        """In the order of the seeds."""
        return [
            StudyRun(
                f"{self.table}: {self.label}, seed {seed}", self.recipe, (*self.words, f"seed={seed}"), seed
            )
            for seed in self.seeds
        ]


def with_words(conditions: Iterable[Condition], words: Sequence[str]) -> list[Condition]:
    """The conditions with words that all their runs have besides; these come last, and count."""
    return [replace(row, words=(*row.words, *words)) for row in conditions]


def runs_of(conditions: Iterable[Condition]) -> list[StudyRun]:
    """The runs of all conditions, each once: conditions may have some in common."""
    return list({run.name: run for condition in conditions for run in condition.runs}.values())


@cache
def loss_stages(recipe: str) -> list[StageConfig]:
    """The stages of a recipe that losses train; what follows them learns from what they have learned."""
    config = compose(recipe)
    assert isinstance(config, RunConfig)
    return config.stages
