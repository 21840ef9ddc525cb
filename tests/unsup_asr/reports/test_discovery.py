"""The page of a run with many short utterances of colours and things."""

import json
import re
from dataclasses import replace

import pytest

from unsup_asr.data.manifest import read_manifest, write_manifest
from unsup_asr.errors import InputError
from unsup_asr.evaluation.discovery_patterns import Discovery, Pattern
from unsup_asr.evaluation.words import discovery_scores
from unsup_asr.files import write_json
from unsup_asr.reports.discovery import MEANINGS, render_discovery, write_discovery


@pytest.fixture
def finished(make_run, tiny_clip, tmp_path):
    run = make_run(tmp_path, count=40)
    (tmp_path / "captions.txt").write_text("a red dog\na blue car and a tree\na green ball and a house\n")
    write_json(run / "clip.json", {"name": str(tiny_clip)})
    corpus = json.loads((run / "corpus.json").read_text())
    write_json(run / "corpus.json", {**corpus, "captions": "../../captions.txt"})
    return run, write_discovery(run)


def test_words_are_found_in_the_runs_output(finished):
    run, discovery = finished
    words = {word.word: word for word in discovery.words}
    assert {"a", "dog", "red"} <= words.keys()
    assert words["red"].pattern == Pattern.PERFECT and words["red"].share > 50
    row = json.loads((run / "discovery.json").read_text())
    assert row["scores"]["recognition_score"] == discovery.scores.recognition_score
    assert [word["word"] for word in row["words"]] == [word.word for word in discovery.words]
    assert sum(row["patterns"].values()) == pytest.approx(100)


def test_the_page_stands_alone_and_names_every_word(finished):
    run, discovery = finished
    page = (run / "discovery.html").read_text()
    assert not re.search(r"""(?:src|href)=["']?(?!#)""", page)
    for word in discovery.words:
        assert f"<td>{word.word}</td>" in page
    for meaning in MEANINGS.values():
        assert meaning in page


def test_labels_are_escaped_and_nothing_is_named():
    empty = Discovery(discovery_scores([], []), 0.5, 0, ())
    page = render_discovery("<b>run</b>", "semantic", empty)
    assert "&lt;b&gt;run" in page and "No word was said 10 times" in page


def test_english_of_any_country_is_english(finished):
    run, discovery = finished
    manifest = run / json.loads((run / "corpus.json").read_text())["test"]
    british = [replace(utterance, lang="en-GB") for utterance in read_manifest(manifest)]
    write_manifest(manifest, british)
    assert write_discovery(run) == discovery


def test_speech_must_be_english(make_run, tmp_path):
    with pytest.raises(InputError, match="the speech is hi"):
        write_discovery(make_run(tmp_path, hindi=True))


def test_what_a_run_lacks_is_named(make_run, tmp_path):
    run = make_run(tmp_path)
    with pytest.raises(InputError, match=r"clip\.json is missing"):
        write_discovery(run)
    for path in (run / "decoded").iterdir():
        path.unlink()
    with pytest.raises(InputError, match="no decoded test speech"):
        write_discovery(run)
