"""One model for several languages beside a model a language: what sharing encoder, segmenter and generator costs.

What a model stands on is that of its own speech: the rate of words, which segmenters keep, HuBERT and VG-HuBERT,
where they are asked for, learn from the speech of one language or of all.
"""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.studies.page import mean_spread, table
from benchmarks.studies.plan import Condition
from benchmarks.studies.records import Record, Records

PAGE = Path("docs/languages_together.md")
TOGETHER, ALONE = "mini_multi", {"hi": "mini_hi", "ja": "mini_ja"}
NAMES = {"hi": "Hindi", "ja": "Japanese"}
HEARD = {
    "log-mel frames, true word times": (),
    "log-mel frames, words found by `energy`": ("segmenter=energy",),
    "log-mel frames, words found by `vg_hubert`": ("segmenter=vg_hubert",),
    "miniature HuBERT, true word times": ("encoder=miniature_hubert",),
}
SEEDS = range(1)


def conditions() -> list[Condition]:
    """A row each way to hear, with all languages together and with each alone."""
    return [
        Condition(recipe, label, recipe, words, SEEDS)
        for label, words in HEARD.items()
        for recipe in (*ALONE.values(), TOGETHER)
    ]


def figures(records: Records, conditions: Sequence[Condition]) -> str:
    """A table a figure. Runs that are not done are left out."""
    found = {(row.label, row.recipe): records.done(row.runs) for row in conditions}
    titles = {"bleu": "BLEU", "content_f1": "Content-word F1"}
    return "\n\n".join(f"{title}:\n\n{_table(found, figure)}" for figure, title in titles.items())


def _table(found: dict[tuple[str, str], list[Record]], figure: str) -> str:
    head = ["", *(f"{NAMES[language]}, {how}" for language in ALONE for how in ("alone", "together"))]
    lines = []
    for label in dict.fromkeys(label for label, _ in found):
        line = [label]
        for language, recipe in ALONE.items():
            alone = [getattr(record, figure) for record in found.get((label, recipe), [])]
            together = [_of(record, language, figure) for record in found.get((label, TOGETHER), [])]
            line += [mean_spread(alone), mean_spread(together)]
        lines.append(line)
    return table(head, lines)


def _of(record: Record, language: str, figure: str) -> float | None:
    """A figure of one of the languages of a run."""
    own = [each for each in record.by_language or () if each.language == language]
    value: float | None = getattr(own[0], figure) if own else None
    return value
