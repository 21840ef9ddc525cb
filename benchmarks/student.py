"""How much faster than real time a run's student writes down its test speech, as a user has it done.

    python benchmarks/student.py runs/mini_en [--minutes 10] [--threads 2]

What counts is the time of `unsup-asr transcribe` from its start to its end: loading program, encoder, student and
language model, reading audio, features, search, files. Test speech is taken from its beginning until there are so
many minutes; no text is read.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from itertools import accumulate, takewhile
from pathlib import Path

from unsup_asr.cli.configuration import read_config
from unsup_asr.corpora.cache import prepared
from unsup_asr.data.manifest import Utterance, read_manifest, write_manifest


def main() -> None:
    """Transcribe some minutes of test speech with the program itself, and print how long it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("run", type=Path, help="the folder of a finished run with a student")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    test = prepared(read_config(arguments.run).data).manifest("test")
    speech = first_minutes(read_manifest(test), arguments.minutes)
    seconds = sum(utterance.duration for utterance in speech)
    taken = transcribing(arguments.run, speech, arguments.threads)
    print(f"{len(speech)} recordings, {seconds:.0f} s of speech in {taken:.1f} s: ", end="")
    print(f"{seconds / taken:.0f} times faster than real time on {arguments.threads} threads")


def first_minutes(utterances: list[Utterance], minutes: float) -> list[Utterance]:
    """The first of some utterances that last so long together, without their labels."""
    ends = accumulate(utterance.duration for utterance in utterances)
    chosen = takewhile(lambda pair: pair[1] <= 60 * minutes, zip(utterances, ends, strict=True))
    return [replace(utterance, text=None, translations=(), words=()) for utterance, _ in chosen]


def transcribing(run: Path, speech: list[Utterance], threads: int) -> float:
    """Seconds that `unsup-asr transcribe` takes for some utterances."""
    with tempfile.TemporaryDirectory() as folder:
        manifest, texts = Path(folder) / "speech.jsonl", Path(folder) / "texts"
        write_manifest(manifest, speech)
        program = Path(sys.executable).with_name("unsup-asr")
        words = [str(program), "transcribe", "--model", str(run), "--output_dir", str(texts), str(manifest)]
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        started = time.perf_counter()
        subprocess.run(words, env=environment, check=True, capture_output=True)
        return time.perf_counter() - started


if __name__ == "__main__":
    main()
