"""Against numbers that the challenge's own program gave for drawn data sets, and by hand."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from unsup_asr.errors import InputError
from unsup_asr.evaluation.zerospeech_judgements import JudgedPair, Recording, read_pairs, read_recordings
from unsup_asr.evaluation.zerospeech_semantic import (
    POOLINGS,
    DatasetScore,
    SemanticMeasure,
    SemanticScores,
    semantic_scores,
    word_distances,
)

PUBLISHED = json.loads(Path(__file__).with_name("zerospeech_semantic.json").read_text())


@pytest.fixture(scope="module")
def write_example():
    path = Path(__file__).with_name("zerospeech_example.py")
    spec = importlib.util.spec_from_file_location("zerospeech_example", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.write_example


@pytest.fixture
def example(write_example, tmp_path):
    write_example(tmp_path, 0)
    return tmp_path


def score(folder, measure=SemanticMeasure()):  # noqa: B008
    return semantic_scores(folder / "gold.csv", folder / "pairs.csv", folder / "features", measure)


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: f"{row['metric']} {row['pooling']}")
def test_scores_are_those_of_the_published_program(row, write_example, tmp_path):
    write_example(tmp_path, row["seed"])
    measure = SemanticMeasure(row["metric"], row["pooling"])
    scores = score(tmp_path, measure)
    assert [[s.type, s.dataset, s.pairs] for s in scores.datasets] == [own[:3] for own in row["correlations"]]
    found = [s.correlation for s in scores.datasets]
    np.testing.assert_allclose(found, [own[3] for own in row["correlations"]], atol=1e-6)
    for type in ("librispeech", "synthetic"):
        np.testing.assert_allclose([scores.mean(type), scores.weighted_mean(type)], row[type], atol=1e-6)
    vectors = {
        recording: POOLINGS[measure.pooling](
            np.loadtxt(tmp_path / "features" / recording.type / f"{recording.filename}.txt")
        )
        for recording in read_recordings(tmp_path / "gold.csv")
    }
    distances = word_distances(vectors, read_pairs(tmp_path / "pairs.csv"), measure)
    np.testing.assert_allclose(distances, row["distances"], atol=1e-7)


def test_distances_by_hand():
    at = {
        ("dog", "A"): [0.0, 0.0],
        ("cat", "A"): [3.0, 4.0],
        ("dog", "B"): [1.0, 0.0],
        ("cat", "B"): [1.0, 1.0],
    }
    for type, expected in (("synthetic", (5 + 1) / 2), ("librispeech", (5 + 2**0.5 + 20**0.5 + 1) / 4)):
        vectors = {Recording(type, w + v, w, v): np.array(place) for (w, v), place in at.items()}
        pair = JudgedPair(type, "mturk", "dog", "cat", 1.0, None)
        measure = SemanticMeasure(metric="euclidean")
        assert word_distances(vectors, [pair], measure).tolist() == pytest.approx([expected])


def test_words_are_as_far_from_each_other_either_way_round():
    rng = np.random.default_rng(0)
    for type in ("synthetic", "librispeech"):
        said = [Recording(type, f"{w}{n}", w, "ABC"[n % 3]) for n in range(9) for w in ("dog", "cat")]
        vectors = {recording: rng.standard_normal(7) for recording in said}
        pairs = [JudgedPair(type, "s", *words, 1.0, None) for words in (("dog", "cat"), ("cat", "dog"))]
        there, back = word_distances(vectors, pairs, SemanticMeasure("euclidean"))
        assert there == back


def test_large_data_sets_weigh_more():
    scores = SemanticScores(
        (DatasetScore("synthetic", "a", 10, 20.0), DatasetScore("synthetic", "b", 30, 40.0))
    )
    assert (scores.mean("synthetic"), scores.weighted_mean("synthetic")) == (30.0, 35.0)


def test_distance_that_follows_judgement_scores_100(tmp_path):
    (tmp_path / "features" / "librispeech").mkdir(parents=True)
    gold, pairs = ["type,filename,word,voice"], ["type,dataset,word_1,word_2,similarity,relatedness"]
    for n in range(6):
        (tmp_path / f"features/librispeech/f{n}.txt").write_text(f"{n**2} 0\n")
        gold.append(f"librispeech,f{n},w{n},")
    pairs += [f"librispeech,judged,w0,w{n},{10 - n}," for n in range(1, 6)]
    (tmp_path / "gold.csv").write_text("\n".join(gold))
    (tmp_path / "pairs.csv").write_text("\n".join(pairs))
    assert score(tmp_path, SemanticMeasure(metric="euclidean")).datasets[0].correlation == pytest.approx(100)


@pytest.mark.parametrize(
    "measure, fault",
    [
        (SemanticMeasure(pooling="median"), "no such pooling: 'median'"),
        (SemanticMeasure(metric="nearness"), "not comparable"),
    ],
)
def test_unknown_measures_are_named(example, measure, fault):
    with pytest.raises(InputError, match=fault):
        score(example, measure)


def test_a_missing_file_of_features_is_named(example):
    next((example / "features" / "synthetic").iterdir()).unlink()
    with pytest.raises(InputError, match=r"features/synthetic/.*\.txt: no matrix"):
        score(example)


def test_features_that_are_no_matrix_are_named(example):
    path = next((example / "features" / "librispeech").iterdir())
    path.write_text("1 2\n3\n")
    with pytest.raises(InputError, match=path.name):
        score(example)


def test_a_lone_frame_has_none_before_the_last(example):
    next((example / "features" / "synthetic").iterdir()).write_text("1 2 3 4 5 6\n")
    score(example)
    with pytest.raises(InputError, match="no frame before the last"):
        score(example, SemanticMeasure(pooling="lastlast"))


def test_a_word_without_recording_is_named(example):
    with (example / "pairs.csv").open("a") as file:
        file.write("synthetic,mturk,w0,unheard,,1\n")
    with pytest.raises(InputError, match="no synthetic recording of 'unheard'"):
        score(example)


def test_words_that_no_voice_says_both_are_named():
    said = {Recording("synthetic", v, w, v): np.ones(2) for w, v in (("dog", "A"), ("cat", "B"))}
    with pytest.raises(InputError, match="no voice says both 'dog' and 'cat'"):
        word_distances(said, [JudgedPair("synthetic", "s", "dog", "cat", 1.0, None)], SemanticMeasure())


def test_a_judgement_must_be_there(example):
    with (example / "pairs.csv").open("a") as file:
        file.write("synthetic,mturk,w0,w1,,\n")
    with pytest.raises(InputError, match="mturk has neither similarity nor relatedness"):
        score(example)


@pytest.mark.parametrize("text, fault", [("type,filename\n", "lacks the columns"), (None, "no such file")])
def test_files_of_another_form_are_refused(tmp_path, text, fault):
    if text:
        (tmp_path / "gold.csv").write_text(text)
    with pytest.raises(InputError, match=fault):
        read_recordings(tmp_path / "gold.csv")


def test_a_judgement_must_be_a_number(example):
    with (example / "pairs.csv").open("a") as file:
        file.write("synthetic,mturk,w0,w1,,much\n")
    with pytest.raises(InputError, match="'much'"):
        read_pairs(example / "pairs.csv")
