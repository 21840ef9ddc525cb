import json

import pytest

from unsup_asr.cli.main import main
from unsup_asr.evaluation.results import Results, write_results


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
