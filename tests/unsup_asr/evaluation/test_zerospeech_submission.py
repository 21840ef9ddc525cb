import json

import numpy as np
import pytest
import torch

from unsup_asr.data.audio import write_audio
from unsup_asr.errors import InputError
from unsup_asr.evaluation.zerospeech_semantic import SemanticMeasure
from unsup_asr.evaluation.zerospeech_submission import (
    SubmissionNotes,
    score_submission,
    write_features,
    write_submission,
)

NOTES = SubmissionNotes("an author", "an affiliation", "a system", "Flickr8k", 10.0)
PARTS = [f"{kind}/{part}" for kind in ("dev", "test") for part in ("synthetic", "librispeech")]


class Energies:
    """Loudness and peak of every hundred samples."""

    rate, hop = 8000, 0.0125

    def __call__(self, waveform: torch.Tensor) -> torch.Tensor:
        stretches = waveform.unfold(0, 100, 100)
        return torch.stack([stretches.square().mean(dim=1), stretches.amax(dim=1)], dim=1)


@pytest.fixture
def dataset(tmp_path):
    """Two recordings in each part, at another rate than the model's; judgements of dev."""
    rng = np.random.default_rng(0)
    root = tmp_path / "dataset"
    gold, pairs = ["type,filename,word,voice"], ["type,dataset,word_1,word_2,similarity,relatedness"]
    for part in PARTS:
        for name in "abc":
            write_audio(
                root / "semantic" / part / f"{name}.wav",
                rng.uniform(0.1, 0.9) * rng.uniform(-1, 1, 4000),
                16000,
            )
    for kind in ("synthetic", "librispeech"):
        gold += [f"{kind},{name},{name},A" for name in "abc"]
        pairs += [f"{kind},mturk,a,b,,1", f"{kind},mturk,b,c,,2", f"{kind},mturk,a,c,,3"]
    (root / "semantic/dev/gold.csv").write_text("\n".join(gold))
    (root / "semantic/dev/pairs.csv").write_text("\n".join(pairs))
    return root


def test_the_folder_is_as_the_challenge_wants_it(dataset, tmp_path):
    out = tmp_path / "out"
    assert write_submission(Energies(), dataset, out, SemanticMeasure("euclidean", "max"), NOTES) == 12
    assert {path.name for path in out.iterdir()} == {
        "meta.yaml",
        "phonetic",
        "lexical",
        "syntactic",
        "semantic",
    }
    for part in PARTS:
        names = {path.name for path in (out / "semantic" / part).iterdir()}
        assert names == {"a.txt", "b.txt", "c.txt"}
    assert np.loadtxt(out / "semantic/test/librispeech/b.txt").shape == (20, 2)
    meta = json.loads((out / "meta.yaml").read_text())
    assert meta["parameters"] == {
        "phonetic": {"metric": "cosine", "frame_shift": 0.0125},
        "semantic": {"metric": "euclidean", "pooling": "max"},
    }
    assert (meta["author"], meta["train_set"], meta["open_source"]) == ("an author", "Flickr8k", False)


def test_what_is_written_is_scored_where_there_are_judgements(dataset, tmp_path):
    measure = SemanticMeasure("euclidean", "mean")
    write_submission(Energies(), dataset, tmp_path / "out", measure, NOTES)
    scores = score_submission(dataset, tmp_path / "out", measure)
    assert list(scores) == ["dev"]
    assert [score.type for score in scores["dev"].datasets] == ["librispeech", "synthetic"]


def test_features_come_back_to_seven_digits(tmp_path):
    frames = np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32)
    write_features(tmp_path / "a.txt", frames)
    np.testing.assert_allclose(np.loadtxt(tmp_path / "a.txt"), frames, rtol=1e-6)


def test_a_lone_frame_stays_a_matrix(tmp_path):
    write_features(tmp_path / "a.txt", np.array([[1.5, 2.5]]))
    assert np.loadtxt(tmp_path / "a.txt").tolist() == [[1.5, 2.5], [1.5, 2.5]]


def test_a_folder_without_recordings_is_refused(tmp_path):
    with pytest.raises(InputError, match="no recordings in semantic"):
        write_submission(Energies(), tmp_path, tmp_path / "out", SemanticMeasure(), NOTES)
