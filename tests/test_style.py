"""The house style, as far as a machine can see it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("lm", "segmenters", "unsup_asr", "recipes", "tests", "benchmarks")
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".json", ".txt", ".html", ".css", ".js", ".cfg"}
LONGEST = 400

# A path that only the machine of whoever wrote it has; an address such as https://site/home is none.
MACHINE_PATH = re.compile(r"(?<![\w./*)\]}-])/(?:work|root|tmp|home|Users)(?=/|\b)")


def texts() -> list[Path]:
    below = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    found = [path for path in (*ROOT.iterdir(), *below) if path.is_file() and path.suffix in TEXT]
    return sorted(path for path in found if not path.name.startswith("."))


@pytest.mark.parametrize("line", ["open('/work/a')", "see /tmp", '"/home/me/b"', "cd /root && ls"])
def test_machine_paths_are_recognised(line):
    assert MACHINE_PATH.search(line)


def test_no_machine_paths():
    faults = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in texts()
        if path != Path(__file__).resolve()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if MACHINE_PATH.search(line)
    ]
    assert not faults


def test_files_are_short():
    lengths = {
        path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines())
        for path in texts()
        if path.suffix == ".py"
    }
    assert lengths
    assert not {path: length for path, length in lengths.items() if length > LONGEST}


def test_every_module_says_what_it_is():
    silent = []
    for path in texts():
        if path.suffix == ".py" and "tests" not in path.relative_to(ROOT).parts:
            text = path.read_text(encoding="utf-8").strip()
            if text and not text.startswith('"""'):
                silent.append(path.relative_to(ROOT))
    assert not silent
