"""What was kept and left out, in tables."""

from pathlib import Path

from rich.console import Console

from unsup_asr.corpora.preparation import LeftOut, Preparation, write_preparation
from unsup_asr.data.manifest import Utterance
from unsup_asr.reports.preparation_table import kept_table, left_out_table


def shown(table) -> list[list[str]]:
    console = Console(width=100)
    with console.capture() as capture:
        console.print(table)
    return [line.replace("│", " ").split() for line in capture.get().splitlines()]


def test_counts_hours_and_reasons(tmp_path):
    train = [Utterance(str(n), Path("a.wav"), 3.6, "en") for n in range(1500)]
    left_out = [LeftOut(str(n), "train", "recording is missing", broken=True) for n in range(1001)]
    left_out += [LeftOut("x", None, "picture is in test, too", broken=False)]
    rates = {"3": 44100, "4": 8000, "5": 44100, "x": 8000}
    prepared = Preparation(
        "tiny", {"train": train, "test": []}, ["a boat"], "gold", "a file", tuple(left_out), rates
    )
    kept = shown(kept_table(write_preparation(prepared, tmp_path)))
    assert kept[0] == ["tiny"]
    assert ["train", "1,500", "1.50"] in kept and ["test", "0", "0.00"] in kept and ["captions", "1"] in kept
    assert ["at", "44,100", "Hz,", "resampled", "on", "reading", "2"] in kept
    assert ["at", "8,000", "Hz,", "resampled", "on", "reading", "1"] in kept
    gone = shown(left_out_table(prepared))
    assert ["recording", "is", "missing", "1,001", "broken"] in gone
    assert ["picture", "is", "in", "test,", "too", "1", "noted"] in gone
