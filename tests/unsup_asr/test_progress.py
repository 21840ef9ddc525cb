"""Plain lines where nobody watches: not too many, and the last one always."""

import logging

from unsup_asr import progress as module
from unsup_asr.progress import progress


def test_the_end_is_always_told(caplog):
    caplog.set_level(logging.INFO, logger="unsup_asr")
    with progress("counting", 1000) as report:
        for done in range(1, 1001):
            report(done)
    assert caplog.messages == ["counting: 1000 of 1000"]


def test_slow_work_tells_now_and_then(caplog, monkeypatch):
    """A unit of work takes 3 s by this clock: a line every 10 s is one every fourth."""
    caplog.set_level(logging.INFO, logger="unsup_asr")
    clock = iter(range(0, 10_000, 3))
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    with progress("walking", 100) as report:
        for done in range(1, 11):
            report(done)
    told = [int(message.split()[1]) for message in caplog.messages]
    assert told
    assert len(told) <= 10 * 3 / 10
    assert told == sorted(set(told))


def test_a_terminal_gets_a_bar(monkeypatch, capsys):
    monkeypatch.setattr(module.sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    with progress("training", 7) as report:
        report(7)
    err = capsys.readouterr().err
    assert "training" in err and "7/7" in err


def test_nothing_goes_to_stdout(capsys):
    with progress("training", 7) as report:
        report(7)
    assert capsys.readouterr().out == ""
