"""Labels never steer: where there are none to read, a run learns, chooses and writes the same bytes."""

import multiprocessing
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import pytest
import torch

from tests.sealed_labels import LabelRead, seal_labels
from unsup_asr.cli.main import main
from unsup_asr.data.manifest import Utterance, Word, read_manifest, write_manifest
from unsup_asr.files import read_jsonl

SOME_LEFT_OUT = 3  # the status of a run with a test set that cannot be scored

# What a run has from corpus and pictures alone, whatever the labels.
GIVEN = ("corpora", "clip", "pictures")
# What holds labels, or lists those that are missing.
OF_LABELS = ("cache/unsup-asr/corpora/", "run/scored/", "run/set_aside.jsonl")

DISCOVERED = ["segmenter=auto", "segmenter_choice.candidates=[energy,prominence]", "starts=1"]
DISCOVERED += [
    "re_estimation.rounds=2",
    "re_estimation.afresh=1",
    "re_estimation.rated=8",
    "re_estimation.frames.width=8",
]
DISCOVERED += ["re_estimation.adaptation.updates=4", "re_estimation.frame_training.loop.updates=4"]
DISCOVERED += ["self_training.rounds=1", "student.loop.updates=4", "student.network.width=16"]

WITNESSES = {"vocabulary.json", "lm.arpa.gz", "encoder.json", "segmenter.json", "segments", "features"}
WITNESSES |= {"checkpoints", "model", "metrics.jsonl", "selection.jsonl", "decoded"}

Unlabel = Callable[[Utterance], Utterance]


def without_words(utterance: Utterance) -> Utterance:
    return replace(utterance, text=None, translations=(), words=())


def with_times_alone(utterance: Utterance) -> Utterance:
    words = tuple(Word("x", word.start, word.end) for word in utterance.words)
    return replace(utterance, text=None, translations=(), words=words)


def start_from(given, run):
    """Give a run the corpus and the CLIP of a finished one."""
    for part in GIVEN:
        shutil.copytree(given.cache / part, run.cache / part)
    return run


def take_labels_away(run, unlabel: Unlabel) -> None:
    (corpus,) = run.cache.glob("corpora/*")
    for split in ("train", "validation", "test"):
        path = corpus / f"{split}.jsonl"
        write_manifest(path, map(unlabel, read_manifest(path)))
        assert not [row for row in read_jsonl(path) if {"text", "translations"} & set(row)]


def carry_out(run, *words: str, sealed: tuple[str, ...] = ()) -> int:
    """Run it as a user would, labels sealed, in a process of its own; its status."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["unsup_asr.pipeline.any_run", "unsup_asr.reports.pages"])
    with ProcessPoolExecutor(1, context) as process:
        return process.submit(obey, [*run.words, *words], run.environment, sealed).result()


def obey(words: list[str], environment: dict[str, str], sealed: tuple[str, ...]) -> int:
    os.environ.update(environment)
    torch.set_num_threads(1)
    seal_labels(sealed)
    return main(words)


def learned(run) -> dict[str, str]:
    """Hashes of all that a run made, but for what holds labels."""
    return {path: digest for path, digest in run.made().items() if not path.startswith(OF_LABELS)}


def names(run) -> set[str]:
    """First names below the run folder, and what the cache has beside what was given."""
    parts = [path.split("/") for path in learned(run)]
    return {part[1] if part[0] == "run" else part[2] for part in parts} - set(GIVEN)


def unscored(run) -> list[str]:
    listing = run.folder / "set_aside.jsonl"
    rows = read_jsonl(listing) if listing.exists() else []
    return [row["id"] for row in rows if row["reason"].startswith("is not scored")]


def test_with_segments_discovered_no_label_is_needed(finished_run, tiny_run):
    """From the choice of a segmenter to the student: speech, pictures and captions do."""
    given, run = (start_from(finished_run, tiny_run()) for _ in range(2))
    assert carry_out(given, *DISCOVERED) == 0
    take_labels_away(run, without_words)
    assert carry_out(run, *DISCOVERED, sealed=("text", "translations", "words")) == SOME_LEFT_OUT
    assert unscored(run) == [f"test-{index:05d}" for index in range(16)] and not unscored(given)
    assert names(run) >= WITNESSES
    stages = {row["stage"] for row in read_jsonl(run.folder / "selection.jsonl")}
    assert stages >= {"semantic", "adversarial", "re_estimation", "self_training", "student"}
    assert learned(run) == learned(given)


def test_with_true_times_no_word_is_needed(finished_run, tiny_run):
    """What lies between the times is not read."""
    run = start_from(finished_run, tiny_run())
    take_labels_away(run, with_times_alone)
    assert carry_out(run, sealed=("text", "translations", "word")) == SOME_LEFT_OUT
    assert names(run) >= WITNESSES
    assert learned(run) == learned(finished_run)


def test_the_seal_is_no_dummy(finished_run, tiny_run):
    """With true times, the words of an utterance are read before anything is learned."""
    run = start_from(finished_run, tiny_run())
    with pytest.raises(LabelRead, match=r"Utterance\.words was read before learning was over"):
        carry_out(run, sealed=("words",))
