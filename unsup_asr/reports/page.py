"""The report of a run: one HTML file that needs no network."""

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from unsup_asr.data.captions import normalise
from unsup_asr.evaluation.words import (
    Confusion,
    Pairs,
    WordRecall,
    aligned_pairs,
    confusions,
    labels_by_time,
    recall_by_word,
)
from unsup_asr.files import write_text
from unsup_asr.reports.figures import learning_curves, selection_charts
from unsup_asr.reports.run import Run, read_run
from unsup_asr.reports.scores import facts, figure, groups, ladder, tiles
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
        words=word_tables(run),
        curves=learning_curves(run.steps),
        selections=selection_charts(run.candidates),
        stage=run.stage,
        tested=len(run.decoded),
        utterances=[show(decoded) for decoded in sample(run.decoded)],
    )


def word_tables(run: Run) -> WordTables:
    """Words said against words written: aligned texts in English, overlap in time in other languages."""
    translated = any(decoded.utterance.translations for decoded in run.decoded)
    pairs = _timed_pairs(run) if translated else _text_pairs(run)
    recalls = recall_by_word(pairs.words, pairs.labels)[:_WORDS]
    return WordTables(recalls, confusions(pairs.words, pairs.labels)[:_CONFUSIONS], translated)


def _text_pairs(run: Run) -> Pairs:
    transcribed = [decoded for decoded in run.decoded if decoded.utterance.text]
    references = [" ".join(normalise(decoded.utterance.text or "")) for decoded in transcribed]
    return aligned_pairs(references, [decoded.hypothesis.text for decoded in transcribed])


def _timed_pairs(run: Run) -> Pairs:
    spoken = [(d.utterance.words, d.hypothesis.words) for d in run.decoded]
    words = [" ".join(normalise(word.word)) for said, _ in spoken for word in said]
    return Pairs(words, [label for said, written in spoken for label in labels_by_time(said, written)])


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
