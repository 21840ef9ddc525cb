"""`segmenter=auto` takes the method whose segments recur, says so, and stays with it."""

from dataclasses import replace
from pathlib import Path

import pytest

from segmenters.metrics.boundaries import boundary_scores
from segmenters.segmentation import Segmentation, Span, read_segmentations
from tests.unsup_asr.pipeline.tone_run import made, tone_config, write_tone_corpus
from unsup_asr.corpora.manifests import ManifestsConfig
from unsup_asr.data.audio import write_audio
from unsup_asr.data.manifest import read_manifest
from unsup_asr.errors import InputError, UsageError
from unsup_asr.files import read_json
from unsup_asr.pipeline import segmenter_choice
from unsup_asr.pipeline.boundary_tuning_config import HeadTuningConfig
from unsup_asr.pipeline.config import RunConfig
from unsup_asr.pipeline.run import run
from unsup_asr.pipeline.segmenter_choice import RECORD, check_choice
from unsup_asr.pipeline.segmenter_choice_config import SegmenterChoiceConfig
from unsup_asr.pipeline.word_finder import word_finder
from unsup_asr.segmentation.config import SegmentationConfig
from unsup_asr.segmentation.methods import check_method

pytestmark = pytest.mark.usefixtures("own_cache")

CANDIDATES = ["uniform", "energy", "prominence"]


def auto(data: ManifestsConfig, clip: Path, candidates: list[str] | None = None) -> RunConfig:
    choice = SegmenterChoiceConfig(CANDIDATES if candidates is None else candidates)
    return tone_config(data, clip, segmenter="auto", segmenter_choice=choice)


@pytest.fixture(scope="module")
def chosen(data, tiny_clip, tmp_path_factory) -> Path:
    """A finished run. Do not change it."""
    folder = tmp_path_factory.mktemp("auto")
    run(auto(data, tiny_clip), folder)
    return folder


def test_the_method_that_finds_the_words_is_chosen(chosen, data):
    """Held against the true times afterwards: it is the best of the candidates."""
    record = read_json(chosen / RECORD)
    assert (
        record["segmenter"] == "energy" and record["words_per_second"] > 0 and "teacher" in record["settings"]
    )
    recurrence = {row["method"]: row["recurrence"] for row in record["chosen_from"]}
    assert list(recurrence) == CANDIDATES
    assert recurrence["energy"] > 5 + max(recurrence["uniform"], recurrence["prominence"])
    rate = next(row["words_per_second"] for row in record["chosen_from"] if row["method"] == "uniform")
    assert rate == pytest.approx(record["words_per_second"], rel=0.2)
    found = read_segmentations(chosen / "segments" / "train.jsonl")
    truth = [
        Segmentation(u.id, u.duration, tuple(Span(word.start, word.end) for word in u.words), "gold")
        for u in read_manifest(data.manifest)
    ]
    assert boundary_scores(truth, found, 0.05).f1 > 60


def test_the_run_is_that_of_the_chosen_method(chosen, data, tiny_clip, tmp_path):
    results = read_json(chosen / "results.json")
    assert results["segmentation"] == "energy" and not results["test_uses_gold_times"]
    assert read_json(chosen / "model" / "config.json")["segmenter"] == "energy"
    run(tone_config(data, tiny_clip, segmenter="energy"), tmp_path)
    ours, plain = made(chosen), made(tmp_path)
    assert ours.pop(RECORD) != plain.pop(RECORD)
    assert ours == plain
    assert "chosen_from" not in read_json(tmp_path / RECORD)


def test_what_is_chosen_is_not_chosen_again(chosen, data, tiny_clip, tmp_path, monkeypatch):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("unsup_asr.pipeline.run.Learner", interrupt)
        run(auto(data, tiny_clip), tmp_path)
    assert (tmp_path / RECORD).read_bytes() == (chosen / RECORD).read_bytes()
    monkeypatch.setattr(segmenter_choice, "compare", interrupt)
    run(auto(data, tiny_clip), tmp_path)
    assert made(tmp_path) == made(chosen)


def test_without_transcripts_the_same_is_chosen(chosen, data, tiny_clip, tmp_path, tone_speech):
    """The other words, and their times, are those of another sentence."""
    corpus = write_tone_corpus(tmp_path / "corpus", tone_speech)
    rows = Path(corpus.manifest).read_text().replace('"red', '"big').replace('"start": 0.', '"start": 0.0')
    Path(corpus.manifest).write_text(rows)
    run(auto(corpus, tiny_clip), tmp_path / "run")
    assert (tmp_path / "run" / RECORD).read_bytes() == (chosen / RECORD).read_bytes()


def test_what_a_candidate_cannot_cut_is_asked_of_none(data, tiny_clip, tmp_path, tone_speech):
    corpus = write_tone_corpus(tmp_path / "corpus", tone_speech)
    for number in range(3):
        (tmp_path / "corpus" / f"{number}.wav").write_bytes(b"")
    write_audio(tmp_path / "corpus" / "3.wav", tone_speech[3].samples[:100], 16000)
    assert len(run(auto(corpus, tiny_clip), tmp_path / "run").set_aside) >= 4
    assert read_json(tmp_path / "run" / RECORD)["segmenter"] == "energy"


def test_speech_that_nobody_can_cut_is_refused(tiny_clip, tmp_path, tone_speech):
    corpus = write_tone_corpus(tmp_path / "corpus", tone_speech)
    for number in range(27):
        (tmp_path / "corpus" / f"{number}.wav").write_bytes(b"")
    with pytest.raises(InputError, match="none of 0 training utterances can be cut by every candidate"):
        run(auto(corpus, tiny_clip), tmp_path / "run")


@pytest.mark.parametrize(
    ("candidates", "message"),
    [
        ([], r"segmenter_choice.candidates: is empty \(name segmenters"),
        (["energy", "magic"], "there is no segmenter 'magic'"),
        (["energy", "gold"], "gold is not found in unlabelled speech"),
        (["recognised"], "recognised is not found in unlabelled speech"),
        (["auto"], "auto is no segmenter: a run chooses"),
    ],
)
def test_candidates_that_are_none_are_refused_at_once(data, tiny_clip, tmp_path, candidates, message):
    with pytest.raises(UsageError, match=message):
        run(auto(data, tiny_clip, candidates), tmp_path)
    assert not list(tmp_path.iterdir())
    check_choice(replace(auto(data, tiny_clip, candidates), segmenter="energy"))


def test_auto_is_for_runs_alone(tone_model):
    for refuse in (lambda: check_method("auto"), lambda: word_finder("auto", tone_model, {}, "--segmenter")):
        with pytest.raises(
            UsageError, match=r"auto is no segmenter: a run chooses one .*choose from gold, energy"
        ):
            refuse()


def test_a_teacher_cannot_be_left_to_choice(data, tiny_clip, tmp_path):
    config = tone_config(data, tiny_clip, segmentation=SegmentationConfig(teacher="auto"))
    with pytest.raises(UsageError, match="auto is no segmenter"):
        run(config, tmp_path)


def test_what_is_chosen_has_no_head_to_be_tuned(data, tiny_clip, tmp_path):
    with pytest.raises(UsageError, match="auto has no head that could be fine-tuned"):
        run(replace(auto(data, tiny_clip), boundary_tuning=HeadTuningConfig("soft")), tmp_path)
