"""results.json keeps its promised fields, in their order, and refuses what is not JSON."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from unsup_asr.errors import InputError
from unsup_asr.evaluation.bootstrap import Interval
from unsup_asr.evaluation.results import Results, StageResult, read_results, write_results
from unsup_asr.evaluation.seen import SeenInCaptions, seen_in_captions
from unsup_asr.evaluation.words import Band

# The promise to other people's scripts.
_PROMISED = """
recipe version language task segmentation test_uses_gold_times seed n_test wer cer bleu chrf
bleu_signature content_wer content_f1 recognition_score share_75 match_score v_measure chance_wer chance_bleu
topline_wer topline_bleu boundary_f1 boundary_r_value segments_per_word retrieval_r1 retrieval_pool clip_r1
perplexity reference_kind normaliser seconds stages
"""
PROMISED = _PROMISED.split()

RESULTS = Results("mini", "0.1.0", "en", "asr", "gold", True, 0, 100)


def test_fields_are_the_promised_ones_and_null_where_nothing_applies(tmp_path: Path) -> None:
    write_results(tmp_path / "results.json", RESULTS)
    row = json.loads((tmp_path / "results.json").read_text())
    assert list(row)[: len(PROMISED)] == PROMISED
    assert row["wer"] is None and row["stages"] == []


def test_what_is_written_is_read(tmp_path: Path) -> None:
    full = replace(
        RESULTS,
        wer=12.5,
        wer_interval=Interval(10.0, 15.0),
        stages=(StageResult("semantic", 40.0, None, 12.0), StageResult("student", 12.5, 70.0, 3.0)),
        bands=(Band(0, 9, 1, 2, None), Band(10, None, 3, 40, 80.0)),
        seen_in_captions=SeenInCaptions(10.0, 5.0, None),
        clip_minimal_pairs={"colour": 93.0},
        budget={"semantic": 12.0},
    )
    write_results(tmp_path / "results.json", full)
    assert read_results(tmp_path / "results.json") == full


def test_no_number_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"stages\.0\.wer is nan"):
        write_results(tmp_path / "r.json", replace(RESULTS, stages=(StageResult("a", float("nan")),)))
    assert not (tmp_path / "r.json").exists()


@pytest.mark.parametrize("text", ["{", "[]", '{"recipe": "mini"}'])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text)
    with pytest.raises(InputError, match="evaluate the run again"):
        read_results(tmp_path / "r.json")


def test_seen_and_unseen_sentences_are_scored_apart() -> None:
    split = seen_in_captions(["a dog", "a cat", "two men"], ["a dog", "a bat", ""], {"a dog", "a cat"})
    assert split == SeenInCaptions(pytest.approx(200 / 3), 25.0, 100.0)
    assert seen_in_captions([], [], set()) is None
