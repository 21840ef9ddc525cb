"""What each loss is worth, alone and with the others; what other captions, less speech and noise cost.

One start a run, so that no choice hides what a loss does: the spread over seeds is that of single starts; and no
restart, which would change the weights under study. The losses come in stage by stage as in the recipe; a stage
that would have none of them has those of the next, so that all learn with as many updates. Without the semantic
loss, pictures take no part later on either: self-training and re-estimation go without their hints.
"""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import combinations
from pathlib import Path

from benchmarks.studies.page import mean_spread, table
from benchmarks.studies.plan import Condition, loss_stages
from benchmarks.studies.records import Record, Records
from unsup_asr.pipeline.config import GOLD, StageConfig

PAGE = Path("docs/ablation.md")
RECIPES = ("mini_en", "digits")
# How many losses at a time: pairs where a run is cheap, with true word times.
AT_A_TIME = {GOLD: (1, 2, 3), "energy": (1, 3)}
LOSSES = {"semantic": ("semantic",), "language model": ("bigram", "unigram"), "adversarial": ("adversarial",)}
ONE_START = ("starts=1", "guard.restarts=0")
WITHOUT_PICTURES = ("self_training.picture_scale=0", "re_estimation.hint_scale=0")
SPEECH = {
    "captions of the same style, 4,000 utterances, 15–30 dB": (),
    "captions of another style": ("data.captions=other_style",),
    "1,000 utterances": ("data.train=1000",),
    "250 utterances": ("data.train=250",),
    "20 dB": ("data.snr=[20,20]",),
    "10 dB": ("data.snr=[10,10]",),
    "5 dB": ("data.snr=[5,5]",),
}
# What stages are called in tables; those that losses train are told by the last of them.
HEADINGS = {"re_estimation": "segments found anew", "self_training": "after self-training"}


def conditions() -> list[Condition]:
    """The rows of all tables."""
    return [
        *(
            loss_condition(recipe, segmenter, names)
            for recipe in RECIPES
            for segmenter, numbers in AT_A_TIME.items()
            for number in numbers
            for names in combinations(LOSSES, number)
        ),
        *(
            Condition("`mini_en`, other speech and captions, true word times", label, "mini_en", words)
            for label, words in ((label, (*ONE_START, *words)) for label, words in SPEECH.items())
        ),
    ]


def loss_condition(recipe: str, segmenter: str, losses: Sequence[str]) -> Condition:
    """A row: a recipe with some of its losses; arguments as in `RECIPES`, `AT_A_TIME` and `LOSSES`."""
    times = "true word times" if segmenter == GOLD else f"words found by `{segmenter}`"
    words = (*ONE_START, *weight_words(loss_stages(recipe), losses))
    words += () if segmenter == GOLD else (f"segmenter={segmenter}",)
    words += () if "semantic" in losses else WITHOUT_PICTURES
    return Condition(f"`{recipe}`, {times}", " + ".join(losses), recipe, words)


def figures(records: Records, conditions: Sequence[Condition]) -> str:
    """The tables. Runs that are not done are left out."""
    titles = dict.fromkeys(row.table for row in conditions)
    return "\n\n".join(
        _table(title, records, [row for row in conditions if row.table == title]) for title in titles
    )


def weight_words(stages: Sequence[StageConfig], losses: Sequence[str]) -> tuple[str, ...]:
    """The words that leave some losses alone in a recipe's stages.

    Args:
        stages: of the recipe.
        losses: keys of `LOSSES`.
    """
    kept = {name for loss in losses for name in LOSSES[loss]}
    wanted: list[dict[str, float]] = []
    for stage in reversed(stages):
        weights = {name: value if name in kept else 0.0 for name, value in asdict(stage.weights).items()}
        wanted.insert(0, weights if any(weights.values()) else wanted[0])
    return tuple(
        f"stages.{number}.weights.{name}={value}"
        for number, (stage, weights) in enumerate(zip(stages, wanted, strict=True))
        for name, value in weights.items()
        if value != getattr(stage.weights, name)
    )


def _table(title: str, records: Records, rows: Sequence[Condition]) -> str:
    done = [records.done(row.runs) for row in rows]
    stages = list(dict.fromkeys(stage.name for group in done for each in group for stage in each.stages))
    earlier = {stage.name for stage in loss_stages(rows[0].recipe)[:-1]}
    shown = [name for name in stages if name not in earlier]
    head = ["", *(HEADINGS.get(name, "trained with the losses") for name in shown), "chance"]
    lines = [[row.label, *_wers(found, shown)] for row, found in zip(rows, done, strict=True)]
    return f"WER %, {title}: mean ± sample deviation (each seed).\n\n{table(head, lines)}"


def _wers(found: Sequence[Record], stages: Sequence[str]) -> list[str]:
    each = [mean_spread([record.stage_wer.get(name) for record in found]) for name in stages]
    chance = [record.chance_wer for record in found if record.chance_wer is not None]
    return [*each, f"{sum(chance) / len(chance):.1f}" if chance else "–"]
