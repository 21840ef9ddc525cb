import json

import pytest
import torch

from unsup_asr.cli.main import main
from unsup_asr.evaluation.results import Results, write_results
from unsup_asr.evaluation.retrieval import retrieval_scores, write_retrieval


@pytest.fixture
def make_results(tmp_path):
    """Writes the results of a run with one seed."""

    def make(seed: int, wer: float) -> str:
        folder = tmp_path / f"mini_en@seed={seed}"
        results = Results("mini_en", "0.1.0", "en", "asr", "gold", True, seed, 400, wer=wer, bleu=50.0)
        write_results(folder / "results.json", results)
        return str(folder)

    return make


def test_scores_are_printed_with_their_place(make_results, capsys):
    run = make_results(0, 12.5)
    assert main(["evaluate", run]) == 0
    out, err = capsys.readouterr()
    assert "12.5" in out and out.splitlines()[-1].endswith("results.json")
    assert err == ""


def test_seeds_are_summarised(make_results, capsys):
    runs = [make_results(seed, wer) for seed, wer in enumerate([10.0, 20.0])]
    assert main(["report", *runs, "--json"]) == 0
    wer = json.loads(capsys.readouterr().out)["fields"]["wer"]
    assert (wer["mean"], wer["each"]) == (15.0, [10.0, 20.0])


def test_a_summary_lacks_no_run(make_results, tmp_path, capsys):
    (tmp_path / "begun").mkdir()
    assert main(["report", make_results(0, 10.0), str(tmp_path / "begun"), "--json"]) == 1
    out, err = capsys.readouterr()
    assert out == "" and "begun: has no results yet" in err


def test_pages_are_written_and_their_places_printed(make_results, tmp_path, capsys):
    run = make_results(0, 10.0)
    assert main(["report", run]) == 0
    assert capsys.readouterr().out == f"{run}/report.html\n"
    assert main(["report", str(tmp_path / "gone"), run]) == 3
    out, err = capsys.readouterr()
    assert out == f"{run}/report.html\n" and "gone: no run folder" in err
    assert main(["report", str(tmp_path / "gone")]) == 1


@pytest.fixture
def make_grounded(make_results, tmp_path):
    """Writes the results of a SpeechCLIP run that finds every picture."""

    def make(seed: int) -> str:
        run = make_results(seed, 10.0)
        scores = retrieval_scores(torch.eye(20), torch.eye(20), torch.arange(20))
        write_retrieval(tmp_path / f"mini_en@seed={seed}" / "retrieval.json", {"parallel": scores})
        return run

    return make


def test_speech_clip_runs_are_compared_where_they_all_lie(
    make_grounded, make_results, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    runs = [make_grounded(0), make_grounded(1)]
    assert main(["report", *runs, make_results(2, 10.0)]) == 0
    pages = [f"{run}/report.html" for run in (*runs, tmp_path / "mini_en@seed=2")]
    assert capsys.readouterr().out.splitlines() == [*pages, "comparison.html"]
    text = (tmp_path / "comparison.html").read_text()
    assert "mini_en@seed=0" in text and "mini_en@seed=1" in text and "mini_en@seed=2" not in text
    assert main(["report", runs[0]]) == 0
    assert capsys.readouterr().out == f"{pages[0]}\n"


def test_the_retrieval_of_speech_clip_runs_is_summarised(make_grounded, make_results, capsys):
    runs = [make_grounded(0), make_grounded(1)]
    assert main(["report", *runs, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["retrieval"]["parallel"]["mean"]["at_1"]["each"] == [100, 100]
    assert found["fields"]["wer"]["mean"] == 10
    assert main(["report", *runs, make_results(2, 10.0), "--json"]) == 0
    assert "retrieval" not in json.loads(capsys.readouterr().out)
