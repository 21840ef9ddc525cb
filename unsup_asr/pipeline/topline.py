"""The topline: the same network, given the transcripts of its training speech. After everything is chosen."""

from dataclasses import replace
from pathlib import Path

import torch

from unsup_asr.data.captions import normalise
from unsup_asr.data.manifest import read_manifest
from unsup_asr.data.vocabulary import NULL
from unsup_asr.errors import InputError
from unsup_asr.evaluation.results import Results, read_results, write_results
from unsup_asr.evaluation.scoring import TestSet
from unsup_asr.pipeline.budget import Budget
from unsup_asr.pipeline.config import GOLD, RunConfig
from unsup_asr.pipeline.learning import Learner
from unsup_asr.pipeline.run import Prepared, prepare
from unsup_asr.pipeline.stage_output import write_stage
from unsup_asr.progress import progress
from unsup_asr.training.checkpoint import checkpoints
from unsup_asr.training.loop import run_loop
from unsup_asr.training.metrics import MetricsLog
from unsup_asr.training.self_training import Imitation
from unsup_asr.training.soft_targets import SoftTargets


def add_topline(config: RunConfig, folder: Path) -> Results:
    """Train the topline in `topline/` of a finished run, and put its scores into `results.json`.

    The network, its features and its decoder are the run's; it learns from the true word of every segment for
    as many updates as the last generator of self-training has.

    Args:
        config: the run's.
        folder: its folder.

    Raises:
        InputError: the run is not finished, has no test set, or its training speech has no words.
    """
    path = folder / "results.json"
    if not path.exists():
        raise InputError("is not finished", where=folder, remedy="run it to its end first")
    results = read_results(path)
    if results.topline_wer is not None:
        return results
    ready = prepare(config, folder, Budget(folder / "topline" / "budget.json"))
    if ready.test is None or config.segmenter != GOLD or config.task == "translation":
        raise InputError(
            "a topline needs a test set, gold word times, and English speech",
            where=folder,
            remedy="give data.test, segmenter=gold; a translation is not said word by word",
        )
    learner = Learner(config, folder, ready.parts, ready.train.words, ready.validation.words)
    _train(config, folder / "topline", ready, learner)
    checkpoint = checkpoints(folder / "topline" / "checkpoints")[-1]
    test = TestSet(ready.test_utterances, learner.decoder(checkpoint).decode(ready.test.words))
    topline = write_stage(folder / "topline", "topline", test, seconds=None)
    results = replace(results, topline_wer=topline.wer, topline_bleu=topline.bleu)
    write_results(path, results)
    return results


def _train(config: RunConfig, folder: Path, ready: Prepared, learner: Learner) -> None:
    torch.manual_seed(config.seed)
    settings = config.self_training
    loop = settings.final_loop if settings.rounds else settings.loop
    targets, perturb = _true_targets(ready, config.device), ready.parts.encoder.perturb
    task = Imitation(settings, learner.new_generator(), learner.train, targets, perturb, config.seed)
    log = MetricsLog(folder / "metrics.jsonl", "topline")
    with progress("topline", loop.updates) as report:
        run_loop(task, loop, folder / "checkpoints", log, config.seed, report)


def _true_targets(ready: Prepared, device: str) -> SoftTargets:
    """The true entry of every training segment; words out of vocabulary teach nothing."""
    index = ready.parts.vocabulary.index()
    by_id = {u.id: u for u in read_manifest(ready.parts.corpus.manifest("train"))}
    said = [word.word for id in ready.train.words.ids for word in by_id[id].words]
    entries = torch.tensor([[index.get(" ".join(normalise(word)), NULL)] for word in said], device=device)
    return SoftTargets(entries, (entries != NULL).float(), len(ready.parts.vocabulary))
