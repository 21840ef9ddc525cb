"""The rare, long and easily confused words of a run, as tables, a page and JSON."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from rich.table import Table

from unsup_asr.corpora.mini.pronunciation import can_pronounce, pronunciations
from unsup_asr.data.captions import read_captions
from unsup_asr.data.vocabulary import Vocabulary
from unsup_asr.errors import InputError
from unsup_asr.evaluation.exchangeable import AFFINITY, exchangeable_words
from unsup_asr.evaluation.word_classes import Group, WordClasses, WordKnowledge, homophones, word_classes
from unsup_asr.evaluation.words import Confusion
from unsup_asr.files import read_json, write_json, write_text
from unsup_asr.reports.run import read_run
from unsup_asr.reports.scores import figure


def write_word_classes(folder: Path) -> WordClasses:
    """Measure the test output of a run's last stage; writes `word_classes.json` and `word_classes.html` there.

    Utterances without a reference are passed over.

    Raises:
        InputError: there is no such run, it has no decoded test speech, or a file is missing.
    """
    run = read_run(folder)
    if not run.decoded:
        raise InputError(
            "has no decoded test speech",
            where=folder,
            remedy="give a run that writes words and has come to the end of a stage",
        )
    test = run.test.referenced
    said = {word for text in test.references for word in text.split()}
    classes = word_classes(test.references, test.written, _knowledge(folder, said))
    write_json(folder / "word_classes.json", asdict(classes))
    write_text(folder / "word_classes.html", render_word_classes(run.name, run.stage or "", classes))
    return classes


def word_class_tables(classes: WordClasses) -> list[Table]:
    """The classes for the terminal; a table that would have no row is left out."""
    tables = [_scores(classes), _groups("exchangeable words", classes.exchangeable)]
    tables += [_groups("words that sound alike", classes.homophones or ()), _unknown(classes)]
    return [table for table in tables if table.row_count]


def render_word_classes(name: str, stage: str, classes: WordClasses) -> str:
    """The page: one HTML file that needs no network."""
    environment = Environment(
        loader=PackageLoader("unsup_asr.reports", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = figure
    environment.globals.update(all_of=_all_of, told=_told, affinity=AFFINITY)
    page = environment.get_template("word_classes.html")
    return page.render(name=name, stage=stage, classes=classes)


def _knowledge(folder: Path, said: Iterable[str]) -> WordKnowledge:
    """What captions and vocabulary of the run tell of words, and the phonemes of these and of those said."""
    for name in ("vocabulary.json", "corpus.json"):
        if not (folder / name).is_file():
            raise InputError(f"{name} is missing", where=folder, remedy="run its recipe again")
    captions = read_captions(folder / read_json(folder / "corpus.json")["captions"])
    pieces = {e.word: len(e.pieces) for e in Vocabulary.read(folder / "vocabulary.json").entries[1:]}
    frequencies = Counter(word for caption in captions for word in caption)
    sounds = homophones(pronunciations({*pieces, *said})) if can_pronounce() else None
    return WordKnowledge(pieces, frequencies, exchangeable_words(captions), sounds)


def _scores(classes: WordClasses) -> Table:
    table = Table(title="words by length and by frequency in the captions", title_justify="left")
    table.add_column("class")
    for name in ("types", "said", "recall %", "precision %", "F1 %"):
        table.add_column(name, justify="right")
    for scores in (classes.pieces, classes.bands):
        for each in scores:
            rates = (figure(rate) for rate in (each.recall, each.precision, each.f1))
            table.add_row(each.name, str(each.types), str(each.said), *rates)
        table.add_section()
    return table


def _groups(title: str, groups: Sequence[Group]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("words")
    for name in ("said", "right %", "exchanged %", "other %"):
        table.add_column(name, justify="right")
    table.add_column("most often")
    for group in groups:
        table.add_row(", ".join(group.words), *_shares(group), _told(group.confusions))
    if len(groups) > 1:
        table.add_section()
        table.add_row("all", *_shares(_all_of(groups)))
    return table


def _unknown(classes: WordClasses) -> Table:
    table = Table(title="words that are not in the vocabulary", title_justify="left")
    for name in ("word", "said", "most often"):
        table.add_column(name, justify="right" if name == "said" else "left")
    for unknown in classes.unknown:
        table.add_row(unknown.word, str(unknown.said), _told(unknown.taken_for))
    return table


def _shares(group: Group) -> list[str]:
    counts = (group.right, group.exchanged, group.other)
    return [str(group.said), *(figure(group.share(count)) for count in counts)]


def _told(confusions: Sequence[Confusion]) -> str:
    return ", ".join(f"{each.word} → {each.label or 'nothing'} ({each.count})" for each in confusions)


def _all_of(groups: Sequence[Group]) -> Group:
    """All groups as one."""
    return Group(
        (),
        said=sum(group.said for group in groups),
        right=sum(group.right for group in groups),
        exchanged=sum(group.exchanged for group in groups),
        other=sum(group.other for group in groups),
    )
