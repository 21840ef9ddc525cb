"""What it is worth to fine-tune the segmenter inside the cascade, softly or by reward, beside a frozen one.

A boundary head that learned from `energy`, on `mini_en`, one start a run. Fine-tuning also trains the generator
for longer: beside the frozen head stands one that is tuned at a rate of 0, so that its generator has as many
updates. Where segments are found anew, generators begin afresh, and it needs none.
"""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.studies.page import mean_spread, table
from benchmarks.studies.plan import Condition
from benchmarks.studies.records import Records

PAGE = Path("docs/tuned_segmenters.md")
HEAD = ("segmenter=boundary_head", "segmentation.teacher=energy", "starts=1")
AS_LONG = "frozen, generator trained as long"
SEGMENTERS = {
    "frozen": (),
    AS_LONG: (
        "boundary_tuning.kind=soft",
        "boundary_tuning.soft.learning_rate=0",
    ),
    "soft boundaries": ("boundary_tuning.kind=soft",),
    "by reward": ("boundary_tuning.kind=policy",),
}
STAY, ANEW = "Segments stay", "Segments are found anew afterwards"
LATER = {STAY: ("re_estimation.rounds=0",), ANEW: ()}
# What stages are called in the table.
HEADINGS = {
    "adversarial": "before",
    "boundary_tuning": "tuned",
    "re_estimation": "found anew",
    "self_training": "after self-training",
}


def conditions() -> list[Condition]:
    """The rows of both tables, three seeds each."""
    return [
        Condition(title, label, "mini_en", (*HEAD, *later, *words))
        for title, later in LATER.items()
        for label, words in SEGMENTERS.items()
        if (title, label) != (ANEW, AS_LONG)
    ]


def figures(records: Records, conditions: Sequence[Condition]) -> str:
    """The tables. Runs that are not done are left out."""
    titles = dict.fromkeys(row.table for row in conditions)
    return "\n\n".join(
        _table(title, records, [row for row in conditions if row.table == title]) for title in titles
    )


def _table(title: str, records: Records, rows: Sequence[Condition]) -> str:
    head = ["segmenter", *HEADINGS.values(), "segments per word at the end", "boundary F1 at the end"]
    lines = []
    for row in rows:
        found = records.done(row.runs)
        wers = [mean_spread([each.stage_wer.get(stage) for each in found]) for stage in HEADINGS]
        ends = [[each.segments_per_word for each in found], [each.boundary_f1 for each in found]]
        rate, f1 = (_mean(values, digits) for values, digits in zip(ends, (2, 1), strict=True))
        lines.append([row.label, *wers, rate, f1])
    return f"{title}: WER %, mean ± sample deviation (each seed).\n\n{table(head, lines)}"


def _mean(values: Sequence[float | None], digits: int) -> str:
    known = [value for value in values if value is not None]
    return f"{sum(known) / len(known):.{digits}f}" if known else "–"
