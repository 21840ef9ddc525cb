import json

import pytest

from unsup_asr.cli.configuration import claim
from unsup_asr.cli.main import main
from unsup_asr.corpora.manifests import ManifestsConfig
from unsup_asr.data.manifest import Utterance, Word, write_manifest
from unsup_asr.data.vocabulary import Vocabulary
from unsup_asr.decoding.hypothesis import DecodedWord, Hypothesis, write_hypotheses
from unsup_asr.evaluation.results import Results, write_results
from unsup_asr.files import write_json
from unsup_asr.pipeline.speech_clip_config import SpeechClipRunConfig


@pytest.fixture
def run(tiny_clip, tokenizer, tmp_path):
    """A run in which every cat is called a dog."""
    said = [Word("dog", 0.0, 0.5), Word("cat", 0.5, 1.0)]
    written = tuple(DecodedWord("dog", word.start, word.end, 1.0) for word in said)
    names = [f"test-{n}" for n in range(10)]
    write_manifest(
        tmp_path / "test.jsonl",
        [
            Utterance(name, tmp_path / "a.wav", 1.0, "en", text="a dog, a cat", words=tuple(said))
            for name in names
        ],
    )
    folder = tmp_path / "run"
    outputs = [Hypothesis(name, "dog dog", written, 0.0) for name in names]
    write_hypotheses(folder / "decoded/semantic.test.jsonl", outputs)
    (tmp_path / "captions.txt").write_text("a dog chases a cat\n")
    write_json(folder / "clip.json", {"name": str(tiny_clip)})
    write_json(folder / "corpus.json", {"test": "../test.jsonl", "captions": "../captions.txt"})
    Vocabulary.from_captions([["a", "dog", "chases", "a", "cat"]], tokenizer).write(
        folder / "vocabulary.json"
    )
    return folder


def test_words_are_printed_with_their_labels(run, capsys):
    assert main(["evaluate", str(run), "--words"]) == 0
    out = capsys.readouterr().out
    assert "2 word types: recognition score 100.0" in out
    rows = [line.replace("│", " ").split() for line in out.splitlines() if "│" in line]
    assert ["perfect", "(50", "%)", "dog", "dog", "10", "100.0", "1.00"] in rows
    assert [row[-5:-2] for row in rows if "cat" in row] == [["cat", "dog", "10"]]
    pieces = next(line for line in out.splitlines() if "1 piece" in line).replace("│", " ").split()
    assert pieces == ["1", "piece", "3", "40", "25.0", "50.0", "33.3"]  # a dog a cat: dog dog
    names = ("word_classes", "discovery")
    assert out.splitlines()[-4:] == [f"{run}/{name}.{kind}" for name in names for kind in ("json", "html")]
    assert json.loads((run / "word_classes.json").read_text())["said"] == 40
    assert json.loads((run / "discovery.json").read_text())["scores"]["match_score"] == 50


def test_words_and_topline_are_two_questions(run, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["evaluate", str(run), "--words", "--topline"])
    assert "not allowed with" in capsys.readouterr().err


def test_without_output_there_are_no_words(run, capsys):
    (run / "decoded/semantic.test.jsonl").unlink()
    assert main(["evaluate", str(run), "--words"]) == 1
    assert "no decoded test speech" in capsys.readouterr().err


def test_a_run_without_text_has_no_topline(tmp_path, capsys):
    claim(tmp_path / "run", SpeechClipRunConfig(recipe="grounded", data=ManifestsConfig()))
    results = Results("grounded", "0.1.0", "en", "asr", "none", False, 0, 10)
    write_results(tmp_path / "run/results.json", results)
    assert main(["evaluate", str(tmp_path / "run"), "--topline"]) == 2
    assert "a run of grounded does not learn to write" in capsys.readouterr().err
