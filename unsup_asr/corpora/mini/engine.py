"""The espeak-ng process, as seen from this side of the pipes."""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import numpy as np

from unsup_asr.corpora.mini.word_times import Event, Synthesis
from unsup_asr.errors import InputError


class Engine:
    """One espeak-ng process. It is GPL-3, so it is a program beside this one, never loaded into it.

    A context manager: on leaving, the process ends.

    Raises:
        InputError: the extra `mini` is not installed, or the system cannot fork.
    """

    def __init__(self) -> None:
        if importlib.util.find_spec("espeakng_loader") is None:
            raise InputError(
                "synthetic speech needs espeak-ng, which is not installed",
                remedy="pip install 'unsup-asr[mini]'",
            )
        if not hasattr(os, "fork"):
            raise InputError("synthetic speech needs a system with fork", remedy="use Linux or macOS")
        # A file, not a pipe: nobody reads it until the process has ended.
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 (closed in __exit__)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "unsup_asr.corpora.mini.espeak"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
        )

    def say(self, words: tuple[str, ...], voice: str, rate: int, pitch: int) -> Synthesis:
        """One sentence, said in one go.

        Args:
            words: plain words, in order.
            voice: espeak-ng's name for language and variant, such as `en-us+m3`.
            rate: words a minute.
            pitch: 0–99.

        Raises:
            InputError: the process ended; says what it wrote to stderr.
        """
        question = {"words": words, "voice": voice, "rate": rate, "pitch": pitch}
        header, sound = self._ask(question)
        if header is None or len(sound) < 2 * header["samples"]:
            raise self._ended(" ".join(words))
        return Synthesis(
            words=words,
            samples=np.frombuffer(sound, np.int16),
            sample_rate=header["sample_rate"],
            events=tuple(Event(**event) for event in header["events"]),
            alone=tuple(tuple(mnemonics) for mnemonics in header["alone"]),
        )

    def _ask(self, question: dict[str, Any]) -> tuple[dict[str, Any] | None, bytes]:
        """The answer's header, None if the process has ended, and its samples."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return None, b""
        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            return None, b""
        header = json.loads(line)
        return header, self._process.stdout.read(2 * header["samples"])

    def _ended(self, sentence: str) -> InputError:
        status = self._process.wait()
        self._complaints.seek(0)
        complaints = self._complaints.read().decode(errors="replace").strip()
        return InputError(
            f"the espeak-ng process ended with status {status}: {complaints or 'it wrote nothing'}",
            where=sentence,
            remedy="check the voice, or reinstall with pip install --force-reinstall espeakng-loader",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._complaints):
            if stream is not None:
                with suppress(BrokenPipeError):  # a killed engine reads no more of what was left to say
                    stream.close()
