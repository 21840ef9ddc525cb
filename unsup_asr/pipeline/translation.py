"""What follows the generators of a run where speech is no English: words reordered, texts written anew."""

from collections.abc import Callable, Mapping
from pathlib import Path

import torch

from unsup_asr.corpora.mini.build import MiniConfig
from unsup_asr.corpora.mini.description import ENGLISH
from unsup_asr.data.manifest import read_manifest
from unsup_asr.data.spoken_words import SpokenWords
from unsup_asr.data.vocabulary import NULL, Vocabulary
from unsup_asr.decoding.translator import Translator, most_frequent
from unsup_asr.evaluation.content import content_words, function_words
from unsup_asr.evaluation.scoring import TestSet
from unsup_asr.evaluation.translation_stages import score_stages, write_translation_figures
from unsup_asr.evaluation.word_by_word import source_order
from unsup_asr.models.denoiser import Denoiser
from unsup_asr.pipeline.config import RunConfig
from unsup_asr.pipeline.parts import Parts
from unsup_asr.progress import progress
from unsup_asr.training.checkpoint import load_modules
from unsup_asr.training.confusions import Confusions
from unsup_asr.training.denoising import Denoising
from unsup_asr.training.loop import run_loop
from unsup_asr.training.metrics import MetricsLog
from unsup_asr.training.noise import Noise
from unsup_asr.training.soft_targets import SoftTargets

REORDERED, DENOISED = "reordered", "denoised"
# Apart from those of the other stages.
_SEED = 700


def gather_translator(config: RunConfig, parts: Parts) -> Translator:
    """The translator of a run before its denoiser is trained."""
    settings, vocabulary = config.translation, parts.vocabulary
    function = torch.tensor([word in function_words() for word in vocabulary.words], device=config.device)
    reordering = settings.reordering if settings.reorder else None
    return Translator(vocabulary, parts.teachers.lm, function, reordering, None, settings.rewriting)


def train_denoiser(
    config: RunConfig, folder: Path, parts: Parts, decoded: Callable[[], SoftTargets]
) -> Denoiser:
    """Train the denoiser in `checkpoints/denoised` of a run folder, or load it from there.

    Args:
        config: the run.
        folder: the run folder.
        parts: what it stands on.
        decoded: tells the posteriors of the training speech; asked only where there is training to do.
    """
    settings = config.translation
    seed = config.seed * 1000 + _SEED
    torch.manual_seed(seed)
    denoiser = Denoiser(settings.denoiser, len(parts.vocabulary)).to(config.device)
    own = folder / "checkpoints" / DENOISED
    last = own / f"step-{settings.denoising.loop.updates}"
    if last.is_dir():
        load_modules(last, {"denoiser": denoiser})
        return denoiser.eval()
    confusions = Confusions.of(decoded(), settings.confusable)
    noise = Noise(settings.noise, _frequent(config, parts.vocabulary), confusions)
    task = Denoising(settings.denoising, denoiser, parts.teachers.captions, noise, seed)
    log = MetricsLog(folder / "metrics.jsonl", DENOISED)
    with progress(DENOISED, settings.denoising.loop.updates) as report:
        run_loop(task, settings.denoising.loop, own, log, seed, report)
    return denoiser.eval()


def _frequent(config: RunConfig, vocabulary: Vocabulary) -> torch.Tensor:
    """[V], true for the function words that may be written without a segment."""
    function = torch.tensor([word in function_words() for word in vocabulary.words])
    some = torch.zeros_like(function)
    some[most_frequent(function, config.translation.reordering.insertable)] = True
    return some


def write_translation_scores(
    config: RunConfig, folder: Path, parts: Parts, words: SpokenWords, tests: Mapping[str, TestSet]
) -> None:
    """Write the figures before and after each part, and the controls, into `scored/translation.json`.

    Args:
        config: the run.
        folder: of the run.
        parts: what it stands on.
        words: the test speech with its pictures.
        tests: what was written before them and after each, in their order.
    """
    content = content_words(parts.vocabulary.words)
    frequencies = {entry.word: entry.count for entry in parts.vocabulary.entries[1:]}
    nearest, source = _nearest_captions(parts, words), _source_order(config, parts)
    write_translation_figures(folder, score_stages(tests, content, frequencies, nearest, source))


def _nearest_captions(parts: Parts, words: SpokenWords) -> dict[str, list[str]]:
    """The caption that CLIP finds nearest to each picture, by utterance."""
    teachers, entries = parts.teachers, parts.vocabulary.entries
    captions = teachers.captions[teachers.picture_words.nearest(words.images)].tolist()
    texts = ([entries[entry].word for entry in row if entry != NULL] for row in captions)
    return dict(zip(words.ids, texts, strict=True))


def _source_order(config: RunConfig, parts: Parts) -> dict[str, list[str]] | None:
    """The English of the test speech word by word, by utterance, where it is a mini corpus of one language."""
    if not isinstance(config.data, MiniConfig) or config.data.language == ENGLISH or config.data.others:
        return None
    utterances = read_manifest(parts.corpus.manifest("test"))
    words = source_order(config.data, "test")
    return {utterance.id: own for utterance, own in zip(utterances, words, strict=True)}
