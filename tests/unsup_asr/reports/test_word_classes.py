"""The classes of words of a run, on its page, in JSON and for the terminal."""

import json
import re
from io import StringIO

import pytest
from rich.console import Console

from unsup_asr.data.vocabulary import Vocabulary
from unsup_asr.errors import InputError
from unsup_asr.evaluation.word_classes import WordClasses
from unsup_asr.files import write_json
from unsup_asr.reports import word_classes
from unsup_asr.reports.run import read_run
from unsup_asr.reports.word_classes import render_word_classes, word_class_tables, write_word_classes

CAPTIONS = [f"a {colour} {thing} is here" for colour in ("red", "blue") for thing in ("dog", "car")] * 6


@pytest.fixture
def run(make_run, tokenizer, tmp_path, monkeypatch):
    """Dogs, cars and other things in colours, of which the vocabulary has some. Read and red sound alike."""
    monkeypatch.setattr(word_classes, "can_pronounce", lambda: True)
    monkeypatch.setattr(word_classes, "pronunciations", lambda words: {"red": "rEd", "read": "rEd"})
    folder = make_run(tmp_path, count=20)
    captions = tmp_path / "captions.txt"
    captions.write_text("\n".join(CAPTIONS))
    write_json(
        folder / "corpus.json",
        {**json.loads((folder / "corpus.json").read_text()), "captions": "../../captions.txt"},
    )
    Vocabulary.from_captions([line.split() for line in CAPTIONS], tokenizer).write(folder / "vocabulary.json")
    return folder


def shown(classes: WordClasses) -> str:
    console = Console(width=200, file=StringIO())
    for table in word_class_tables(classes):
        console.print(table)
    return console.file.getvalue()


def test_the_classes_are_those_of_the_runs_output(run):
    classes = write_word_classes(run)
    test = read_run(run).test.referenced
    assert classes.said == sum(len(text.split()) for text in test.references)
    assert [group.words for group in classes.exchangeable] == [("blue", "red"), ("car", "dog")]
    assert all(each.word not in " ".join(CAPTIONS).split() for each in classes.unknown) and classes.unknown
    row = json.loads((run / "word_classes.json").read_text())
    assert row["said"] == classes.said and row["pieces"][0]["f1"] == classes.pieces[0].f1


def test_page_and_terminal_show_the_same(run):
    classes = write_word_classes(run)
    page, terminal = (run / "word_classes.html").read_text(), shown(classes)
    assert not re.search(r"""(?:src|href)=["']?(?!#)""", page)
    for text in ("blue, red", "1 piece", classes.unknown[0].word):
        assert text in page and text in terminal
    assert terminal.count("sound alike") == bool(classes.homophones)


def test_without_espeak_homophones_are_not_known(run, monkeypatch):
    monkeypatch.setattr(word_classes, "can_pronounce", lambda: False)
    assert write_word_classes(run).homophones is None
    assert "espeak-ng is not installed" in (run / "word_classes.html").read_text()


def test_what_is_empty_is_said_to_be(run):
    empty = WordClasses(0, (), (), (), (), ())
    page = render_word_classes("<b>run</b>", "semantic", empty)
    assert "&lt;b&gt;run" in page and "every word said is in the vocabulary" in page
    assert "has a homophone" in page and word_class_tables(empty) == []


def test_a_run_that_has_written_nothing_is_refused(run):
    for output in run.glob("decoded/*.test.jsonl"):
        output.unlink()
    with pytest.raises(InputError, match="no decoded test speech"):
        write_word_classes(run)


@pytest.mark.parametrize("name", ["vocabulary.json", "corpus.json"])
def test_a_file_that_is_missing_is_named(name, run, monkeypatch):
    whole = read_run(run)
    (run / name).unlink()
    monkeypatch.setattr(word_classes, "read_run", lambda folder: whole)
    with pytest.raises(InputError, match=f"{name} is missing"):
        write_word_classes(run)
