"""The recipes from nothing to scored text, as a user runs them, with data so small that nothing is learned."""

import json
import shutil
from pathlib import Path

import pytest

from unsup_asr.cli.main import main
from unsup_asr.data.manifest import read_manifest
from unsup_asr.files import read_json, read_jsonl

FSDD = Path(__file__).resolve().parents[1] / "../shared/data/fsdd"
STAGES = ["semantic", "language_model", "adversarial", "self_training"]
FOLDER = {"config.yaml", "corpus.json", "vocabulary.json", "lm.arpa.gz", "clip.json", "encoder.json"}
FOLDER |= {"segmenter.json", "budget.json", "checkpoints", "model", "metrics.jsonl", "selection.jsonl"}
FOLDER |= {"segments", "decoded", "scored", "results.json", "report.html"}
FIELDS = (
    "recipe version language task segmentation test_uses_gold_times seed n_test wer cer bleu chrf "
    "bleu_signature content_wer content_f1 recognition_score share_75 match_score v_measure "
    "chance_wer chance_bleu topline_wer topline_bleu boundary_f1 boundary_r_value segments_per_word "
    "retrieval_r1 retrieval_pool clip_r1 perplexity reference_kind normaliser seconds stages"
)


@pytest.fixture
def own_run(finished_run, tmp_path, monkeypatch) -> Path:
    """A copy of the finished run's folder, with its cache where the program looks for it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(finished_run.cache.parent))
    return Path(shutil.copytree(finished_run.folder, tmp_path / "run"))


def last_texts(run: Path) -> list[str]:
    return [row["text"] for row in read_jsonl(run / "decoded" / "self_training.test.jsonl")]


def times(folder: Path) -> dict[Path, int]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {path: path.stat().st_mtime_ns for path in files}


def test_the_run_folder_is_complete(finished_run):
    assert {path.name for path in finished_run.folder.iterdir()} == FOLDER
    assert {path.name for path in (finished_run.folder / "decoded").iterdir()} == {
        "self_training.validation.jsonl",
        *(f"{stage}.test.jsonl" for stage in STAGES),
    }
    trained = {(row["stage"], row["start"]) for row in read_jsonl(finished_run.folder / "metrics.jsonl")}
    chosen = [row for row in read_jsonl(finished_run.folder / "selection.jsonl") if row["chosen"]]
    rounds = {("self_training", 2)}  # the last generator, begun afresh
    assert trained == {(stage, start) for stage in STAGES for start in range(2)} | rounds
    assert [row["stage"] for row in chosen] == STAGES


def test_the_results_are_complete(finished_run):
    results = read_json(finished_run.folder / "results.json")
    named = FIELDS.split()
    assert list(results)[: len(named)] == named
    unknown = [name for name in named if results[name] is None]
    assert unknown == ["topline_wer", "topline_bleu"]
    assert (results["recipe"], results["task"], results["n_test"]) == ("mini_en", "asr", 16)
    assert [stage["name"] for stage in results["stages"]] == STAGES
    assert all(list(stage) == ["name", "wer", "bleu", "seconds"] for stage in results["stages"])
    assert results["stages"][-1]["wer"] == results["wer"] and results["seconds"] > 0


def test_what_is_done_is_not_done_again(finished_run, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(finished_run.cache.parent))
    finished = read_json(finished_run.folder / "results.json")
    lasting = [
        *(finished_run.folder / name for name in ("checkpoints", "model", "decoded")),
        finished_run.cache,
    ]
    before = [times(folder) for folder in lasting]
    assert main(finished_run.words) == 0
    spent = sum(read_json(finished_run.folder / "budget.json").values()) - sum(finished["budget"].values())
    assert spent < sum(finished["budget"].values()) / 2
    assert [times(folder) for folder in lasting] == before
    assert read_json(finished_run.folder / "results.json") == finished
    out, err = capsys.readouterr()
    assert "self_training" in out and err == ""


def test_the_model_writes_what_was_scored(finished_run, own_run, capsys):
    (corpus,) = finished_run.cache.glob("corpora/*")
    command = ["transcribe", "--model", str(own_run)]
    assert main([*command, str(corpus / "test.jsonl"), "--segmenter", "gold"]) == 0
    assert capsys.readouterr().out.splitlines() == last_texts(own_run)
    recording = read_manifest(corpus / "test.jsonl")[0].audio_filepath
    assert main([*command, str(recording)]) == 0
    assert capsys.readouterr().out.strip()


def test_a_model_with_a_segmenter_of_its_own_writes_what_was_scored(
    finished_run, tmp_path, monkeypatch, capsys
):
    """Miniature HuBERT and VG-HuBERT are trained on the run's own speech and pictures, and go with the model."""
    shutil.copytree(finished_run.cache, tmp_path / "cache" / "unsup-asr")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    run, words = tmp_path / "run", [word for word in finished_run.words if "run_dir" not in word]
    loops = [f"{part}.loop.{key}" for part in ("hubert", "vg_hubert") for key in ("updates=4", "log_every=1")]
    small = [
        "hubert.width=16",
        "hubert.heads=2",
        "hubert.conv_dim=[8,8,16]",
        "hubert.batch=4",
        "hubert.units=8",
    ]
    more = ["hubert.positions=8", "hubert.crop=0.6", "vg_hubert.joint_size=8", "vg_hubert.batch=8", *loops]
    more += ["segmenter=vg_hubert", "re_estimation.rounds=0", "starts=1"]
    assert main([*words, f"run_dir={run}", *small, *more]) == 0
    shutil.rmtree(tmp_path / "cache" / "unsup-asr" / "vg_hubert")
    capsys.readouterr()
    (corpus,) = finished_run.cache.glob("corpora/*")
    assert main(["transcribe", "--model", str(run), str(corpus / "test.jsonl")]) == 0
    assert capsys.readouterr().out.splitlines() == last_texts(run)
    segments = read_jsonl(run / "segments" / "test.jsonl")
    assert [row["method"] for row in segments] == ["vg_hubert"] * 16
    kept = read_json(run / "model" / "segmenter" / "segmenter_config.json")["settings"]
    assert {row["settings"]["quantile"] for row in segments} == {kept["quantile"]}
    assert read_json(run / "segmenter.json")["settings"]["quantile"] is None  # left to the rate of words
    results = read_json(run / "results.json")
    assert (results["segmentation"], results["test_uses_gold_times"]) == ("vg_hubert", False)


def test_segments_found_anew_are_the_models_own(finished_run, tmp_path, monkeypatch, capsys):
    """From loudness to words that are recognised: they go on into the last stage, the model and the shell."""
    shutil.copytree(finished_run.cache, tmp_path / "cache" / "unsup-asr")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    run, words = tmp_path / "run", [word for word in finished_run.words if "run_dir" not in word]
    small = [
        "rounds=2",
        "afresh=1",
        "frames.width=8",
        "rated=8",
        "adaptation.updates=4",
        "frame_training.loop.updates=4",
    ]
    words += [f"run_dir={run}", "segmenter=energy", "starts=1", *(f"re_estimation.{key}" for key in small)]
    assert main(words) == 0
    weights = {path: path.read_bytes() for path in run.rglob("*.safetensors")}
    results = read_json(run / "results.json")
    stages = [*STAGES[:3], "re_estimation", STAGES[3]]
    assert [stage["name"] for stage in results["stages"]] == stages
    assert (results["segmentation"], results["test_uses_gold_times"]) == ("energy", False)
    capsys.readouterr()
    (corpus,) = finished_run.cache.glob("corpora/*")
    assert main(["transcribe", "--model", str(run), str(corpus / "test.jsonl")]) == 0
    assert capsys.readouterr().out.splitlines() == last_texts(run)
    kept = ["--checkpoint", str(run / "model" / "segmenter")]
    assert main(["segment", "recognised", str(corpus / "test.jsonl"), *kept]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    decoded = read_jsonl(run / "decoded" / "self_training.test.jsonl")
    assert [len(row["words"]) for row in found if row["words"]] == [
        len(row["words"]) for row, own in zip(decoded, found, strict=True) if own["words"]
    ]
    # Interrupted in the second round and gone on with, it comes to the same bytes.
    for name in ("re_estimation/round-1", "self_training"):
        shutil.rmtree(run / "checkpoints" / name)
    for name in ("results.json", "selection.jsonl"):
        (run / name).unlink()
    assert main(words) == 0
    assert {path: path.read_bytes() for path in run.rglob("*.safetensors")} == weights


def test_report_and_topline_add_what_they_promise(own_run, capsys):
    assert main(["report", "--json", str(own_run)]) == 0
    wer = read_json(own_run / "results.json")["wer"]
    assert json.loads(capsys.readouterr().out)["fields"]["wer"]["each"] == [wer]
    assert main(["evaluate", str(own_run), "--topline"]) == 0
    results = read_json(own_run / "results.json")
    assert (
        results["wer"] == wer and results["topline_wer"] is not None and 0 <= results["topline_bleu"] <= 100
    )
    assert "topline (given transcripts)" in capsys.readouterr().out
    assert (own_run / "topline" / "checkpoints").is_dir()


@pytest.mark.skipif(not FSDD.is_dir(), reason="needs the Free Spoken Digit Dataset in ../shared/data/fsdd")
def test_real_speech_from_recordings_to_text(tiny_learning, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    sizes = ["data.train=32", "data.validation=8", "data.test=8", "data.unpaired=200"]
    pictures = ["data.pictures.train=32", "data.pictures.validation=8", "miniature_clip.vision.width=24"]
    words = [f"run_dir={tmp_path / 'run'}", f"data.fsdd={FSDD}", *tiny_learning, *sizes, *pictures]
    assert main(["run", "digits", *words]) == 0
    results = read_json(tmp_path / "run" / "results.json")
    assert (results["recipe"], results["n_test"]) == ("digits", 8)
    assert [stage["name"] for stage in results["stages"]] == STAGES
    written = {word for text in last_texts(tmp_path / "run") for word in text.split()}
    digits = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
    assert written and written <= digits
    assert str(tmp_path / "run" / "results.json") in capsys.readouterr().out
