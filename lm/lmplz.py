"""Estimation by KenLM's own program, which sorts on disk."""

import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from lm.arpa import read_arpa
from lm.counts import Progress
from lm.errors import LanguageModelError
from lm.ngrams import Arpa
from lm.options import EstimateOptions
from lm.text import EncodedText

PROGRAM = "lmplz"


def estimate_by_lmplz(text: EncodedText, options: EstimateOptions, progress: Progress | None = None) -> Arpa:
    """Estimate with the lmplz on PATH; it reads the text from a pipe and leaves its ARPA in a temporary folder.

    Raises:
        LanguageModelError: there is no lmplz, or it fails.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise LanguageModelError(
            f"{PROGRAM} is not on PATH", remedy="build KenLM and add its bin folder, or use the backend numpy"
        )
    with tempfile.TemporaryDirectory(prefix="lmplz-") as folder:
        path = Path(folder) / "model.arpa"
        command = [program, *_arguments(options), "-T", f"{folder}/", "--arpa", str(path)]
        _run(command, text, Path(folder) / "log")
        if progress:
            progress(f"estimating by {PROGRAM}", options.order, options.order)
        return read_arpa(path)


def _arguments(options: EstimateOptions) -> list[str]:
    arguments = ["-o", str(options.order), "--prune", *map(str, options.prune)]
    return (
        arguments
        if options.fallback is None
        else [*arguments, "--discount_fallback", *map(str, options.fallback)]
    )


def _run(command: list[str], text: EncodedText, log: Path) -> None:
    # Its log goes to a file: a pipe that nobody reads while the text is written would fill up.
    with log.open("wb") as errors, subprocess.Popen(command, stdin=subprocess.PIPE, stderr=errors) as process:
        assert process.stdin is not None
        # Where it gives up early, its status and its log say why.
        with suppress(BrokenPipeError):
            process.stdin.writelines(text.lines())
        with suppress(BrokenPipeError):
            process.stdin.close()
    if process.returncode:
        said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise LanguageModelError(
            f"{PROGRAM} failed with status {process.returncode}: {said[-1] if said else 'no message'}",
            remedy="see its message, or use the backend numpy",
        )
