"""The word discovery of a run, as a table, a page and JSON."""

from dataclasses import asdict
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from rich.table import Table

from unsup_asr.data.captions import read_captions
from unsup_asr.data.normalisers import is_english
from unsup_asr.encoders.clip import Clip
from unsup_asr.errors import InputError
from unsup_asr.evaluation.discovery_patterns import Discovery, Pattern, discover
from unsup_asr.evaluation.scoring import word_pairs
from unsup_asr.evaluation.word_similarity import WordSimilarity, clip_words
from unsup_asr.evaluation.words import MINIMUM
from unsup_asr.files import read_json, write_json, write_text
from unsup_asr.reports.run import Run, read_run
from unsup_asr.reports.scores import figure

MEANINGS = {
    Pattern.PERFECT: "the label is the word itself",
    Pattern.RELATED: "the label is another word of related meaning",
    Pattern.BUCKET: "several words share a label that most of them are related to",
    Pattern.DEFAULT: "more words than chance explains share a label that they have nothing to do with",
    Pattern.UNEXPECTED: "the label has nothing to do with the word",
}


def write_discovery(folder: Path) -> Discovery:
    """Analyse the test output of a run's last stage; `discovery.json` and `discovery.html` go into its folder.

    Raises:
        InputError: there is no such run, it has no decoded test speech yet, the speech is not English or has
            no reference words, or a file that the run names is missing.
    """
    run = read_run(folder)
    _check(run, folder)
    similarity = _similarity(folder)
    discovery = discover(word_pairs(run.test), similarity)
    write_json(folder / "discovery.json", _row(discovery))
    write_text(folder / "discovery.html", render_discovery(run.name, run.stage or "", discovery))
    return discovery


def discovery_table(discovery: Discovery) -> Table:
    """The words with their labels, for the terminal."""
    scores = discovery.scores
    title = f"{scores.types} word types: recognition score {figure(scores.recognition_score)}"
    title += f", 75 % or higher: {figure(scores.share_75)} %"
    table = Table(title=title, title_justify="left")
    for name, justify in (("pattern", "left"), ("said", "left"), ("label", "left")):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for name in ("times", "share %", "similarity"):
        table.add_column(name, justify="right")
    for pattern in Pattern:
        name = f"{pattern} ({figure(discovery.share(pattern), 0)} %)"
        for place, word in enumerate(discovery.of(pattern)):
            shown = word.label or "nothing"
            figures = str(word.occurrences), figure(word.share), figure(word.similarity, 2)
            table.add_row("" if place else name, word.word, shown, *figures)
        table.add_section()
    return table


def render_discovery(name: str, stage: str, discovery: Discovery) -> str:
    """The page: one HTML file that needs no network."""
    environment = Environment(
        loader=PackageLoader("unsup_asr.reports", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = figure
    page = environment.get_template("discovery.html")
    return page.render(name=name, stage=stage, discovery=discovery, meanings=MEANINGS, minimum=MINIMUM)


def _check(run: Run, folder: Path) -> None:
    if not run.decoded:
        raise InputError(
            "has no decoded test speech",
            where=folder,
            remedy="give a run that writes words and has come to the end of a stage",
        )
    foreign = {u.lang for u in run.test.utterances if not is_english(u.lang)}
    if foreign:
        raise InputError(
            f"word discovery compares English words, the speech is {', '.join(sorted(foreign))}",
            where=folder,
            remedy="see content_f1 and chrf in results.json for translation",
        )
    if not any(decoded.utterance.words or decoded.utterance.text for decoded in run.decoded):
        raise InputError("the test manifest has no words", where=folder, remedy="add words with their times")


def _similarity(folder: Path) -> WordSimilarity:
    """By the CLIP and the captions of the run."""
    for name in ("clip.json", "corpus.json"):
        if not (folder / name).is_file():
            raise InputError(f"{name} is missing", where=folder, remedy="run its recipe again")
    clip = Clip.load(read_json(folder / "clip.json")["name"])
    captions = read_captions(folder / read_json(folder / "corpus.json")["captions"])
    return WordSimilarity.of_captions(clip_words(clip), captions)


def _row(discovery: Discovery) -> dict[str, object]:
    """Discovery as JSON, with the share of each pattern."""
    shares = {str(pattern): discovery.share(pattern) for pattern in Pattern}
    return {"patterns": shares, **asdict(discovery)}
