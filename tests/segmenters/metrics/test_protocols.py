"""The protocols, against what the published code says of random segmentations.

`published.json` holds the inputs and the figures that `unit_analysis.py` (jasonppy/word-discovery) and
`eval_segmentation.py` (kamperh/vqwordseg) gave for them; on Buckeye's, word-discovery's `buckeye_eval.py`
gave the same.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from segmenters.alignments.alignment import AlignedWord, Alignment
from segmenters.errors import SegmentationError
from segmenters.metrics.buckeye import buckeye_scores
from segmenters.metrics.evaluation import SegmentScores, evaluate
from segmenters.metrics.spokencoco import spokencoco_scores
from segmenters.metrics.zerospeech import Place, write_zerospeech, zerospeech_classes

PUBLISHED: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "published.json").read_text(encoding="utf-8")
)


def cases(protocol: str) -> list[Any]:
    return [
        pytest.param(case["utterances"], float(tolerance), figures, id=f"{number}, ±{tolerance}")
        for number, case in enumerate(PUBLISHED[protocol])
        for tolerance, figures in case["published"].items()
    ]


def alignment(id: str, rows: list[Any], scale: float = 1.0) -> Alignment:
    return Alignment(id, tuple(AlignedWord(str(label), scale * s, scale * e) for s, e, label in rows))


@pytest.mark.parametrize(("utterances", "tolerance", "published"), cases("spokencoco"))
def test_spokencoco(utterances: list[Any], tolerance: float, published: dict[str, Any]) -> None:
    gold = [alignment(u["id"], [(s, e, word) for s, e, word in u["words"]]) for u in utterances]
    hyp = [alignment(u["id"], u["frames"], u["hop"]) for u in utterances]
    scores = spokencoco_scores(gold, hyp, tolerance, {u["id"]: u["hop"] for u in utterances})
    boundaries, area, detection = scores.boundaries, scores.area, scores.detection
    assert detection is not None
    ours = [boundaries.precision, boundaries.recall, boundaries.f1, boundaries.over_segmentation]
    theirs = [published[name] for name in ("precision", "recall", "f1", "over")]
    assert ours == pytest.approx([100 * value for value in theirs])
    assert boundaries.r_value == pytest.approx(100 * published["r_value"])
    assert area.iou == pytest.approx(100 * published["iou"])
    assert area.word_coverage == pytest.approx(100 * published["coverage"])
    assert area.a_score == pytest.approx(100 * published["a_score"])
    assert area.centre_distance == pytest.approx(published["cd"])
    assert detection.detected == published["detected"]
    assert detection.mean_f1 == pytest.approx(published["top_f1"])
    assert detection.purity == pytest.approx(100 * published["purity_3_digits"], abs=0.05)
    best = {detector.word: detector.f1 for detector in detection.detectors}
    assert best == pytest.approx({word: 100 * f1 for word, (f1, _, _) in published["best"].items()})


def test_spokencoco_takes_one_hop_for_all() -> None:
    utterances = PUBLISHED["spokencoco"][0]["utterances"]
    gold = [alignment(u["id"], u["words"]) for u in utterances]
    hyp = [alignment(u["id"], u["frames"], u["hop"]) for u in utterances]
    each = spokencoco_scores(gold, hyp, hop={u["id"]: u["hop"] for u in utterances})
    assert spokencoco_scores(gold, hyp, hop=0.02) == each


@pytest.mark.parametrize(("utterances", "frames", "published"), cases("buckeye"))
def test_buckeye(utterances: list[Any], frames: float, published: dict[str, float]) -> None:
    gold, hyp = ([alignment(u["id"], u[side], 0.01) for u in utterances] for side in ("words", "segments"))
    scores = buckeye_scores(gold, hyp, tolerance=frames / 100)
    boundaries, tokens, clusters = scores.boundaries, scores.tokens, scores.clusters
    assert clusters is not None
    ours = {
        "precision": boundaries.precision,
        "recall": boundaries.recall,
        "f1": boundaries.f1,
        "over": boundaries.over_segmentation,
        "r_value": boundaries.r_value,
        "token_precision": tokens.precision,
        "token_recall": tokens.recall,
        "token_f1": tokens.f1,
        "purity": clusters.purity,
        "homogeneity": clusters.homogeneity,
        "completeness": clusters.completeness,
        "v": clusters.v_measure,
    }
    assert ours == pytest.approx({name: 100 * value for name, value in published.items()})


def test_buckeye_counts_the_last_word_of_a_truth_that_ends_early() -> None:
    gold = [alignment("a", [(0, 1, "x"), (1, 2, "y")])]
    later = buckeye_scores(gold, [alignment("a", [(0, 1, "1"), (1, 2.1, "2")])])
    equal = buckeye_scores(gold, [alignment("a", [(0, 1, "1"), (1, 2, "2")])])
    assert (later.boundaries.recall, equal.boundaries.recall) == (50, 100)


def test_buckeye_takes_an_utterance_without_segments_for_one() -> None:
    gold = [alignment("a", [(0, 1, "x"), (1, 2, "y")])]
    scores = buckeye_scores(gold, [Alignment("a", (), 2.0)])
    assert (scores.boundaries.recall, scores.tokens.recall, scores.clusters) == (0, 0, None)


def test_without_labels_only_times_are_scored() -> None:
    gold = [alignment("a", [(0, 1, "x"), (1, 2, "y")])]
    hyp = [alignment("a", [(0, 1, "word"), (1, 2, "word")])]
    assert spokencoco_scores(gold, hyp).detection is None
    assert buckeye_scores(gold, hyp).clusters is None
    scores = evaluate(gold, hyp, 0.02)
    assert isinstance(scores, SegmentScores)
    assert (scores.detection, scores.clusters) == (None, None)


def test_gold_of_noise_alone_is_refused() -> None:
    gold = [alignment("a", [(0, 1, "<UNK>"), (1, 2, "<SPOKEN_NOISE>")])]
    with pytest.raises(SegmentationError, match="gold has no word"):
        spokencoco_scores(gold, [alignment("a", [(0, 1, "1"), (1, 2, "2")])])


def test_protocols_go_by_name() -> None:
    gold = hyp = [alignment("a", [(0, 1, "x"), (1, 2, "y"), (2, 3, "x")])]
    assert evaluate(gold, hyp, 0.02, "buckeye") == buckeye_scores(gold, hyp)
    assert evaluate(gold, hyp, 0.02, "spokencoco") == spokencoco_scores(gold, hyp)
    with pytest.raises(SegmentationError, match=r"no protocol 'timit' \(choose from spokencoco, buckeye\)"):
        evaluate(gold, hyp, 0.02, "timit")


def test_zerospeech_class_file(tmp_path: Path) -> None:
    hyp = [alignment("s2_5", [(0, 0.5, "b"), (0.5, 1.25, "a")]), alignment("s1", [(0.1, 0.2, "b")])]
    write_zerospeech(tmp_path / "out" / "english.txt", hyp, {"s2_5": Place("s2", 5.0), "s1": Place("s1")})
    assert (tmp_path / "out" / "english.txt").read_text() == (
        "Class 0\ns2 5.5000 6.2500\n\nClass 1\ns1 0.1000 0.2000\ns2 5.0000 5.5000\n\n"
    )
    assert zerospeech_classes(hyp[1:]) == "Class 0\ns1 0.1000 0.2000\n\n"
    with pytest.raises(SegmentationError, match="holds white space"):
        zerospeech_classes([alignment("a b", [(0, 1, "x")])])
