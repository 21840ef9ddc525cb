"""The report of a run: one HTML file that needs no network."""

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from unsup_asr.evaluation.scoring import word_pairs
from unsup_asr.evaluation.words import Confusion, WordRecall, confusions, recall_by_word
from unsup_asr.files import write_text
from unsup_asr.reports.figures import learning_curves, selection_charts
from unsup_asr.reports.run import Run, read_run
from unsup_asr.reports.scores import facts, figure, groups, ladder, tiles
from unsup_asr.reports.translation import translation_rows
from unsup_asr.reports.utterances import sample, show

_WORDS = 30
_CONFUSIONS = 15


@dataclass(frozen=True, slots=True)
class WordTables:
    """The most frequent words and most common confusions; `translated` where the words are not English."""

    recalls: list[WordRecall]
    confusions: list[Confusion]
    translated: bool


def write_report(run: Path) -> Path:
    """Write `report.html` into a run folder, from whatever is there, and return its path.

    Raises:
        InputError: the folder does not exist, or a file in it, or one that it names, is damaged.
    """
    path = run / "report.html"
    write_text(path, render(read_run(run)))
    return path


def render(run: Run) -> str:
    """The page; parts of the run that are missing are named as such."""
    results = run.results
    return _template().render(
        name=run.name,
        results=results,
        tiles=tiles(results) if results else [],
        facts=facts(results) if results else [],
        ladder=ladder(results) if results else [],
        groups=groups(results) if results else [],
        translation=translation_rows(run.translation) if run.translation else [],
        words=word_tables(run),
        curves=learning_curves(run.steps),
        incidents=run.incidents,
        selections=selection_charts(run.candidates),
        stage=run.stage,
        tested=len(run.decoded),
        utterances=[show(decoded) for decoded in sample(run.decoded)],
    )


def word_tables(run: Run) -> WordTables:
    """Words said against words written, paired as for the results."""
    test = run.test
    pairs = word_pairs(test)
    translated = test.timed and len(test.said_in_english.utterances) < len(test.utterances)
    recalls = recall_by_word(pairs.words, pairs.labels)[:_WORDS]
    return WordTables(recalls, confusions(pairs.words, pairs.labels)[:_CONFUSIONS], translated)


def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("unsup_asr.reports", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = figure
    environment.filters["svg"] = Markup
    return environment.get_template("template.html")
