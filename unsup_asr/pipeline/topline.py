"""The topline: the same network, given the transcripts of its training speech. After everything is chosen."""

from dataclasses import replace
from pathlib import Path

import torch

from unsup_asr.corpora.mini.build import MiniConfig
from unsup_asr.data.captions import normalise
from unsup_asr.data.manifest import read_manifest
from unsup_asr.data.vocabulary import NULL
from unsup_asr.errors import InputError
from unsup_asr.evaluation.results import Results, read_results, write_results
from unsup_asr.evaluation.scoring import TestSet
from unsup_asr.evaluation.word_by_word import english_of_words
from unsup_asr.pipeline.budget import Budget
from unsup_asr.pipeline.config import GOLD, RunConfig
from unsup_asr.pipeline.learning import Learner
from unsup_asr.pipeline.run import Prepared, prepare
from unsup_asr.pipeline.stage_output import write_stage
from unsup_asr.pipeline.translated import translated
from unsup_asr.progress import progress
from unsup_asr.training.checkpoint import checkpoints
from unsup_asr.training.loop import run_loop
from unsup_asr.training.metrics import MetricsLog
from unsup_asr.training.self_training import Imitation
from unsup_asr.training.soft_targets import SoftTargets


def add_topline(config: RunConfig, folder: Path) -> Results:
    """Train the topline in `topline/` of a finished run, and put its scores into `results.json`.

    The network, its features, its decoder and its translator are the run's; it learns from the true English word
    of every segment for as many updates as the last generator of self-training has.

    Args:
        config: the run's.
        folder: its folder.

    Raises:
        InputError: the run is not finished, has no test set or no true word times, or nobody knows its words'
            English.
    """
    path = folder / "results.json"
    if not path.exists():
        raise InputError("is not finished", where=folder, remedy="run it to its end first")
    results = read_results(path)
    if results.topline_wer is not None:
        return results
    budget = Budget(folder / "topline" / "budget.json")
    ready = prepare(config, folder, budget)
    if ready.test is None or config.segmenter != GOLD or not _english_is_known(config):
        raise InputError(
            "a topline needs a test set, gold word times, and the English of every word",
            where=folder,
            remedy="give data.test, segmenter=gold; of foreign speech, that of mini_hi and mini_ja is known",
        )
    learner = Learner(config, folder, ready.parts, ready.train.words, ready.validation.words)
    _train(config, folder / "topline", ready, learner)
    checkpoint = checkpoints(folder / "topline" / "checkpoints")[-1]
    hypotheses = learner.decoder(checkpoint).decode(ready.test.words)
    if config.translation.wanted:
        learner.translator = learner.learn_to_translate(checkpoint, budget)
        hypotheses = list(translated(learner, checkpoint, "test", ready.test.words).values())[-1]
    test = TestSet(ready.test_utterances, hypotheses)
    topline = write_stage(folder / "topline", "topline", test, seconds=None)
    results = replace(results, topline_wer=topline.wer, topline_bleu=topline.bleu)
    write_results(path, results)
    return results


def _train(config: RunConfig, folder: Path, ready: Prepared, learner: Learner) -> None:
    torch.manual_seed(config.seed)
    settings = config.self_training
    loop = settings.final_loop if settings.rounds else settings.loop
    targets, perturb = _true_targets(config, ready), ready.parts.encoder.perturb
    task = Imitation(settings, learner.new_generator(), learner.train, targets, perturb, config.seed)
    log = MetricsLog(folder / "metrics.jsonl", "topline")
    with progress("topline", loop.updates) as report:
        run_loop(task, loop, folder / "checkpoints", log, config.seed, report)


def _english_is_known(config: RunConfig) -> bool:
    """English is its own; of other speech, that of a mini corpus of one language is known."""
    return config.task != "translation" or (isinstance(config.data, MiniConfig) and not config.data.others)


def _true_targets(config: RunConfig, ready: Prepared) -> SoftTargets:
    """The true entry of every training segment; words out of vocabulary teach nothing."""
    said = _true_words(config, ready)
    index = ready.parts.vocabulary.index()
    entries = torch.tensor([[index.get(word, NULL)] for word in said], device=config.device)
    silent = torch.tensor([[not word] for word in said], device=config.device)
    return SoftTargets(entries, ((entries != NULL) | silent).float(), len(ready.parts.vocabulary))


def _true_words(config: RunConfig, ready: Prepared) -> list[str]:
    """The English of every training segment as captions have it, "" for what has none in English."""
    utterances = read_manifest(ready.parts.corpus.manifest("train"))
    if config.task == "translation":
        english = english_of_words(config.data, "train")
    else:
        english = [[" ".join(normalise(word.word)) for word in each.words] for each in utterances]
    by_id = {each.id: words for each, words in zip(utterances, english, strict=True)}
    return [word for id in ready.train.words.ids for word in by_id[id]]
