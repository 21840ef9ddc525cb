"""Carrying out runs: some at a time, each in a process of its own, each once.

Whatever ends it, at a second call what is done is passed over, what was under way goes on, what failed is tried
again. Run folders, logs and `study.jsonl` lie in one folder, so that several studies share the runs they have in
common.
"""

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from benchmarks.studies.plan import StudyRun
from benchmarks.studies.records import Record, Records, record
from unsup_asr.cli.sweep_runs import SweepRun
from unsup_asr.files import read_json
from unsup_asr.reports.scores import figure

_LOOK_AGAIN = 0.2  # seconds


@dataclass(frozen=True)
class Runner:
    """Carries out runs into a folder.

    Attributes:
        out: gets `study.jsonl`, `runs/NAME` and `logs/NAME.log`.
        jobs: runs at a time, each on one thread.
        own_words: `key=value` that this machine alone has, by recipe; they are recorded nowhere.
        keep_checkpoints: whether those of a run that is done stay.
    """

    out: Path
    jobs: int = 2
    own_words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    keep_checkpoints: bool = False

    def run(self, runs: Sequence[StudyRun]) -> list[Record]:
        """Carry out what is not done, in this order as far as caches allow; returns the records of failures."""
        with self._alone() as lock:
            records = Records(self.out)
            done = {found.name for found in records.done(runs)}
            waiting = [run for run in runs if run.name not in done]
            failed, total, under_way = [], len(waiting), list[_Job]()
            try:
                while waiting or under_way:
                    while len(under_way) < self.jobs and (following := _next(waiting, under_way)):
                        waiting.remove(following)
                        under_way.append(self._begin(following, lock))
                    time.sleep(_LOOK_AGAIN)
                    for job in [job for job in under_way if job.process.poll() is not None]:
                        under_way.remove(job)
                        found = self._end(job, records)
                        failed += [] if found.done else [found]
                        print(_line(found, total - len(waiting) - len(under_way), total), flush=True)
            finally:
                for job in under_way:
                    job.process.terminate()
                for job in under_way:
                    job.process.wait()
        return failed

    @contextmanager
    def _alone(self) -> Iterator[IO[str]]:
        """The folder's lock. Runs hold it, too, and outlive a runner that is killed: they are waited for."""
        self.out.mkdir(parents=True, exist_ok=True)
        with (self.out / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print(f"{self.out}: runs are still under way here; waiting for their end", flush=True)
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield lock

    def _begin(self, run: StudyRun, lock: IO[str]) -> "_Job":
        folder, log = self.out / "runs" / run.name, self.out / "logs" / f"{run.name}.log"
        log.parent.mkdir(exist_ok=True)
        words = (*run.words, *self.own_words.get(run.recipe, ()), f"run_dir={folder}")
        with log.open("w", encoding="utf-8") as said:
            process = subprocess.Popen(
                SweepRun(run.recipe, words).command(),
                env={**os.environ, "OMP_NUM_THREADS": "1"},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                pass_fds=[lock.fileno()],
            )
        return _Job(run, folder, log, process, time.monotonic())

    def _end(self, job: "_Job", records: Records) -> Record:
        """Record what a run came to."""
        taken = time.monotonic() - job.begun
        found = record(job.run, job.folder, job.process.returncode, taken, job.log)
        records.keep(found)
        if found.done and not self.keep_checkpoints:
            shutil.rmtree(job.folder / "checkpoints", ignore_errors=True)
        return found


@dataclass(frozen=True)
class _Job:
    """A run under way."""

    run: StudyRun
    folder: Path
    log: Path
    process: subprocess.Popen
    begun: float

    @property
    def learning(self) -> bool:
        """Whether corpus, CLIP and features are ready, for others, too."""
        budget = self.folder / "budget.json"
        return budget.exists() and "features" in read_json(budget)


def _next(waiting: Sequence[StudyRun], under_way: Sequence[_Job]) -> StudyRun | None:
    """The first run that would not make at the same time what another is making."""
    making = {job.run.corpus for job in under_way if not job.learning}
    return next((run for run in waiting if run.corpus not in making), None)


def _line(found: Record, number: int, total: int) -> str:
    """What is said of a run that has ended."""
    ended = f"WER {figure(found.wer)} %" if found.done else f"FAILED with status {found.status}"
    return f"{number} of {total}: {found.label}: {ended}, {found.wall_seconds:.0f} s"
