"""The pipeline of a transfer: a model that was trained elsewhere decodes a test set, and is scored on it."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from unsup_asr import parallel
from unsup_asr.corpora.evaluation_set import read_evaluation_set
from unsup_asr.corpora.origins import origins
from unsup_asr.data.manifest import Utterance
from unsup_asr.errors import InputError, UsageError
from unsup_asr.evaluation.content import content_words
from unsup_asr.evaluation.results import Results
from unsup_asr.evaluation.scoring import TestSet, with_segment_scores, with_text_scores, with_word_scores
from unsup_asr.files import write_json
from unsup_asr.pipeline.budget import Budget
from unsup_asr.pipeline.outcome import RunOutcome, complete, finish, list_set_aside, read_outcome
from unsup_asr.pipeline.parts import CORPUS
from unsup_asr.pipeline.stage_output import write_stage
from unsup_asr.pipeline.transfer_config import TransferConfig
from unsup_asr.pipeline.word_finder import word_finder
from unsup_asr.pipeline.writing_down import write_down
from unsup_asr.segmentation.methods import GOLD
from unsup_asr.speech_to_text import WEIGHTS, SpeechToText, model_folder

STAGE = "transfer"


def run_transfer(config: TransferConfig, folder: Path) -> RunOutcome:
    """Decode and score in a run folder; what is complete is not done again.

    Args:
        config: the run.
        folder: the run folder; it belongs to this configuration.

    Raises:
        UsageError: no model or no test set is named, or the folder holds a run of others than are there now.
        InputError: something given cannot be used.
    """
    utterances = read_evaluation_set(config.data)
    if config.model is None:
        raise UsageError("no model is named", where="model", remedy="say model=RUN, the folder of a run")
    if parallel.is_first() and not complete(folder, lambda: _sources(config)):
        _decode_and_score(config, folder, utterances)
    parallel.wait()
    return read_outcome(folder)


def _decode_and_score(config: TransferConfig, folder: Path, utterances: Sequence[Utterance]) -> None:
    assert config.model is not None
    budget = Budget(folder / "budget.json")
    with budget.stage(STAGE):
        model = SpeechToText.from_pretrained(config.model, config.device)
        true_words = {utterance.id: utterance.words for utterance in utterances}
        segmenter = word_finder(config.segmenter, model, true_words, "segmenter=")
        written, set_aside = write_down(model, segmenter, utterances)
    if not written:
        first = f"none of {len(utterances)} utterances can be used; the first: {set_aside[0].reason}"
        raise InputError(first, where=config.data.test)
    write_json(folder / CORPUS, _sources(config))
    list_set_aside(folder, set_aside)
    test = TestSet([each.utterance for each in written], [each.hypothesis for each in written])
    stage = write_stage(folder, STAGE, test, budget.seconds[STAGE])
    methods = sorted({each.method for each in written})
    finish(folder, replace(_scored(config, model, test, methods), stages=(stage,)), budget)


def _scored(config: TransferConfig, model: SpeechToText, test: TestSet, methods: Sequence[str]) -> Results:
    """The figures.

    The content words are those that the model can write: it has kept no more of the captions it learned from.
    """
    results = Results(
        recipe=config.recipe,
        version=version("unsup-asr"),
        language=config.language,
        task="translation" if config.task == "translation" else "asr",
        segmentation=", ".join(methods),
        test_uses_gold_times=GOLD in methods,
        seed=None,
        n_test=len(test.utterances),
        reference_kind=origins(config.data).reference_kind,
    )
    frequencies = {entry.word: entry.count for entry in model.decoder.vocabulary.entries[1:]}
    results = with_text_scores(results, test, content_words(frequencies))
    return with_segment_scores(with_word_scores(results, test, frequencies), test)


def _sources(config: TransferConfig) -> dict[str, str]:
    """What was decoded, and with what, so that neither changes unnoticed."""
    assert config.data.test is not None and config.model is not None
    manifest, model = Path(config.data.test).resolve(), model_folder(Path(config.model)).resolve()
    return {
        "test": str(manifest),
        "test_sha256": sha256(manifest.read_bytes()).hexdigest(),
        "model": str(model),
        "model_sha256": sha256((model / WEIGHTS).read_bytes()).hexdigest(),
    }
