"""`segment evaluate`: formats in, a table, JSON or a class file out."""

import json
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

import pytest

from segmenters.alignments.ctm import write_ctm
from segmenters.alignments.textgrid import write_textgrids
from segmenters.segmentation import Segmentation, Span, tile, write_segmentations
from unsup_asr.cli import segment_evaluate
from unsup_asr.errors import InputError

GOLD = [
    Segmentation("a", 3.0, tile([0.0, 1.0, 2.0, 3.0]), "gold"),
    Segmentation("b", 2.0, (Span(0.2, 0.8), Span(1.0, 1.7)), "gold"),
]
HYP = [
    Segmentation("a", 3.0, tile([0.0, 1.01, 1.5, 2.05, 3.0]), "any"),
    Segmentation("b", 2.0, (Span(0.2, 0.8), Span(0.99, 1.7)), "any"),
]
WORDS = {"a": ["dog", "runs", "dog"], "b": ["dog", "runs"]}
LABELS = {"a": ["1", "2", "3", "1"], "b": ["1", "2"]}


@pytest.fixture
def evaluate(capsys) -> Callable[..., str]:
    def call(*words: object) -> str:
        parser = ArgumentParser()
        segment_evaluate.add_parser(parser.add_subparsers())
        arguments = parser.parse_args(["evaluate", *map(str, words)])
        assert segment_evaluate.execute(arguments) == 0
        out: str = capsys.readouterr().out
        return out

    return call


@pytest.fixture
def sides(tmp_path: Path) -> tuple[Path, Path]:
    """A folder of TextGrids and a CTM, both labelled."""
    write_textgrids(tmp_path / "gold", GOLD, WORDS)
    write_ctm(tmp_path / "hyp.ctm", HYP, LABELS)
    return tmp_path / "gold", tmp_path / "hyp.ctm"


def test_json(evaluate, sides) -> None:
    scores = json.loads(evaluate(*sides, "--json"))
    # Inner boundaries: 1, 2 and 0.8, 1 in gold; 1.01, 1.5, 2.05 and 0.8, 0.99 were found.
    assert scores["boundaries"]["recall"] == pytest.approx(75)
    assert scores["boundaries"]["precision"] == pytest.approx(60)
    assert scores["boundaries"]["segments_per_word"] == pytest.approx(6 / 5)
    assert scores["tokens"]["recall"] == pytest.approx(60)
    assert (scores["utterances"], scores["tolerance"], scores["protocol"]) == (2, 0.02, None)
    assert scores["detection"]["detectors"][0]["word"] in ("dog", "runs")
    assert scores["clusters"]["labels"] == 3
    wider = json.loads(evaluate(*sides, "--json", "--tolerance", "0.05"))
    assert wider["boundaries"]["recall"] == pytest.approx(100)


def test_table(evaluate, sides) -> None:
    out = evaluate(*sides)
    assert "segments · ±20 ms · 2 utterances" in out
    rows = [line.strip("│ ").replace("│", " ").split() for line in out.splitlines()]
    assert ["recall", "75.00", "%"] in rows and ["segments", "per", "word", "1.2"] in rows
    for group in ("boundaries", "tokens", "area", "detection", "clusters"):
        assert [group] in rows


def test_segmentations_have_no_labels_to_score(evaluate, tmp_path: Path) -> None:
    for name, side in (("gold", GOLD), ("hyp", HYP)):
        write_segmentations(tmp_path / f"{name}.jsonl", side)
    scores = json.loads(evaluate(tmp_path / "gold.jsonl", tmp_path / "hyp.jsonl", "--json"))
    assert scores["detection"] is None and scores["clusters"] is None
    assert scores["boundaries"]["f1"] == pytest.approx(200 / 3)
    assert "detection" not in evaluate(tmp_path / "gold.jsonl", tmp_path / "hyp.jsonl")


@pytest.mark.parametrize(
    ("protocol", "groups"),
    [
        ("spokencoco", {"boundaries", "area", "detection"}),
        ("buckeye", {"boundaries", "tokens", "clusters"}),
    ],
)
def test_protocols(evaluate, sides, protocol: str, groups: set[str]) -> None:
    scores = json.loads(evaluate(*sides, "--json", "--protocol", protocol))
    assert scores.keys() == {"protocol", "tolerance", "utterances"} | groups
    assert scores["protocol"] == protocol


def test_zerospeech_is_a_class_file(evaluate, sides) -> None:
    out = evaluate(*sides, "--protocol", "zerospeech")
    assert out.startswith("Class 0\na 0.0000 1.0100\na 2.0500 3.0000\nb 0.2000 0.8000\n\nClass 1\n")


def test_utterances_without_words_are_left_out_and_told(evaluate, sides, tmp_path: Path, caplog) -> None:
    write_textgrids(tmp_path / "gold", [Segmentation("c", 2.0, (), "gold")])
    write_ctm(tmp_path / "hyp.ctm", [*HYP, Segmentation("c", 2.0, (Span(0, 1),), "any")])
    assert json.loads(evaluate(*sides, "--json"))["utterances"] == 2
    rows = [{"id": "a", "duration": 2.0, "words": [{"word": "x", "start": 0, "end": 3}]}, {"id": "c"}]
    (tmp_path / "gold.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    with pytest.raises(ValueError, match="gold has no boundary"):
        write_segmentations(tmp_path / "hyp.jsonl", HYP[:1])
        evaluate(tmp_path / "gold.jsonl", tmp_path / "hyp.jsonl")
    assert "c: the utterance has no alignment" in caplog.text
    assert "x 0–3 s: overran the utterance" in caplog.text


def test_gold_without_any_word_is_refused(evaluate, sides, tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_text('{"id": "a", "duration": 2.0}\n')
    with pytest.raises(InputError, match="has no words with times"):
        evaluate(tmp_path / "m.jsonl", sides[1])


@pytest.mark.parametrize("words", [["g"], ["g", "h", "--tolerance", "x"], ["g", "h", "--tolerance", "-1"],
                                   ["g", "h", "--protocol", "timit"]])  # fmt: skip
def test_what_argparse_refuses(evaluate, words: list[str]) -> None:
    with pytest.raises(SystemExit) as exit:
        evaluate(*words)
    assert exit.value.code == 2
