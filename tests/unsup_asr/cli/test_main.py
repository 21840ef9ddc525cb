"""What other people's scripts rely on: streams, exit statuses, one line for an error."""

import subprocess
import sys

import pytest

from unsup_asr.cli import main as program
from unsup_asr.cli import recipes
from unsup_asr.cli.main import main

RUN = [sys.executable, "-m", "unsup_asr.cli.main"]


def test_recipes_are_listed_on_stdout(capsys):
    assert main(["recipes"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert {line.split()[0] for line in lines} >= {"mini_en", "digits", "generic"}
    assert err == ""


def test_help_and_version_load_nothing_heavy():
    script = """
import sys
from unsup_asr.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit as exit:
    assert exit.code == 0
heavy = {"torch", "hydra", "transformers", "numpy", "rich"} & set(sys.modules)
assert not heavy, heavy
"""
    for words in (["--help"], ["--version"], ["transcribe", "--help"], ["run", "--help"], ["recipes"]):
        done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert done.stdout


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["no-such-command"],
        ["run"],
        ["transcribe", "a.wav"],
        ["transcribe", "a.wav", "--model", "m", "-f", "doc"],
        ["recipes", "--log-level", "loud"],
    ],
)
def test_what_argparse_refuses_is_status_2(words, capsys):
    with pytest.raises(SystemExit) as exit:
        main(words)
    assert exit.value.code == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["run", "nope"], 2, "there is no recipe 'nope'"),
        (["run", "mini_en", "sed=1"], 2, "did you mean seed?"),
        (["run", "mini_en", "device=nonsense"], 2, "device 'nonsense' cannot be used"),
        (["evaluate", "nowhere"], 1, "nowhere: no run folder"),
        (["report", "nowhere", "--json"], 1, "nowhere: no run folder"),
        (["transcribe", "a.wav", "--model", "nowhere"], 1, "nowhere: there is no model"),
        (["transcribe", "a.wav", "--model", "nowhere", "--skip-existing"], 2, "needs --output_dir"),
    ],
)
def test_an_error_is_one_line_on_stderr(words, status, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1 and err.startswith("unsup-asr: error: ") and message in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words", [["--log-level", "debug", "run", "nope"], ["run", "--log-level", "debug", "nope"]]
)
def test_debugging_shows_where_it_happened(words, capsys):
    assert main(words) == 2
    err = capsys.readouterr().err
    assert "Traceback" in err and err.splitlines()[-1].startswith("unsup-asr: error: ")


def test_an_interrupt_is_status_130(monkeypatch, capsys):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(recipes, "available_recipes", interrupt)
    assert main(["recipes"]) == 130
    assert capsys.readouterr().err == "unsup-asr: interrupted\n"


def test_a_reader_that_goes_away_is_no_traceback():
    writer = subprocess.Popen([*RUN, "recipes"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert writer.stdout is not None and writer.stderr is not None
    writer.stdout.close()
    err = writer.stderr.read()
    assert writer.wait() == 1 and err == b""


def test_a_fault_of_our_own_keeps_its_traceback(monkeypatch):
    monkeypatch.setattr(recipes, "available_recipes", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        program.main(["recipes"])
