"""The pipeline: corpus, CLIP, features, learning, decoding, scores; or what is left of it."""

from dataclasses import dataclass, replace
from importlib.metadata import version
from itertools import filterfalse
from pathlib import Path
from shutil import copyfile

from unsup_asr import parallel
from unsup_asr.corpora.cache import prepared
from unsup_asr.corpora.origins import origins
from unsup_asr.data.manifest import Utterance, read_manifest
from unsup_asr.data.normalisers import is_english
from unsup_asr.data.references import english_references
from unsup_asr.data.spoken_words import SpokenWords
from unsup_asr.decoding.decoder import Decoder
from unsup_asr.decoding.hypothesis import write_hypotheses
from unsup_asr.evaluation.by_language import with_language_scores
from unsup_asr.evaluation.clip_accuracy import POOL
from unsup_asr.evaluation.content import content_words
from unsup_asr.evaluation.results import Results, StageResult
from unsup_asr.evaluation.retrieval import retrieval_r1
from unsup_asr.evaluation.scoring import (
    TestSet,
    with_seen_in_captions,
    with_segment_scores,
    with_text_scores,
    with_word_scores,
)
from unsup_asr.files import replacing
from unsup_asr.pipeline.boundary_tuning import check_tuning
from unsup_asr.pipeline.budget import Budget
from unsup_asr.pipeline.clip import choose_clip
from unsup_asr.pipeline.config import GOLD, RunConfig
from unsup_asr.pipeline.features import Split
from unsup_asr.pipeline.learning import Learner
from unsup_asr.pipeline.miniature_hubert import MiniatureHuberts
from unsup_asr.pipeline.outcome import (
    RunOutcome,
    complete,
    finish,
    list_set_aside,
    read_outcome,
    refuse_other_sources,
)
from unsup_asr.pipeline.parts import Parts, gather_parts
from unsup_asr.pipeline.segment_scores import write_segment_scores
from unsup_asr.pipeline.segmenter_choice import check_choice, settled
from unsup_asr.pipeline.setting_aside import SetAside
from unsup_asr.pipeline.stage_output import write_stage
from unsup_asr.pipeline.student import STAGE as STUDENT
from unsup_asr.pipeline.translated import translated
from unsup_asr.pipeline.translation import write_translation_scores
from unsup_asr.segmentation.methods import RECOGNISED
from unsup_asr.segmentation.recipe import SegmenterRecipe
from unsup_asr.segmentation.speech_segmenter import recognising
from unsup_asr.speech_to_text import SpeechToText, SpeechToTextConfig

SPLITS = ("test", "train", "validation")


@dataclass(frozen=True)
class Prepared:
    """The frozen parts of a run and the features of its splits; `test` is None where there is none.

    `config` is that of the run with the segmenter that was chosen, if one was to be chosen.
    """

    config: RunConfig
    parts: Parts
    train: Split
    validation: Split
    test: Split | None

    @property
    def unusable(self) -> tuple[SetAside, ...]:
        """Everything that cannot be used."""
        splits = (self.train, self.validation, self.test)
        return tuple(item for split in splits if split for item in split.set_aside)

    @property
    def unscored(self) -> tuple[SetAside, ...]:
        """What of the test set has no reference; asked when all is learned."""
        return tuple(map(_unscored, filterfalse(english_references, self.test_utterances)))

    @property
    def test_utterances(self) -> list[Utterance]:
        """The test utterances that can be used, in the order of their features."""
        if self.test is None:
            return []
        by_id = {u.id: u for u in read_manifest(self.parts.corpus.manifest("test"))}
        return [by_id[id] for id in self.test.words.ids]


def run(config: RunConfig, folder: Path) -> RunOutcome:
    """Run a configuration in its folder; what is complete is not done again.

    Args:
        config: the run.
        folder: the run folder; it belongs to this configuration.

    Raises:
        UsageError: the configuration asks for what cannot be.
        InputError: something given cannot be used.
    """
    check_tuning(config)
    check_choice(config)
    if outcome := complete(folder, lambda: prepared(config.data).record()):
        return outcome
    budget = Budget(folder / "budget.json")
    ready = prepare(config, folder, budget)
    config = ready.config
    list_set_aside(folder, ready.unusable)
    learner = Learner(config, folder, ready.parts, ready.train.words, ready.validation.words)
    learned = learner.learn(budget)
    if parallel.is_first():
        with budget.stage("decoding"):
            results = _score(config, folder, ready, learner, learned, budget)
        list_set_aside(folder, (*ready.unusable, *ready.unscored))
        finish(folder, results, budget)
    parallel.wait()
    return read_outcome(folder)


def prepare(config: RunConfig, folder: Path, budget: Budget) -> Prepared:
    """Make or load all that a run stands on."""
    with budget.stage("corpus"):
        corpus = prepared(config.data)
    refuse_other_sources(folder, corpus.record())
    with budget.stage("clip"):
        choice = choose_clip(config)
    with budget.stage("encoder"):
        config = replace(config, encoder=MiniatureHuberts(config, corpus).named(config.encoder))
    with budget.stage("features"):
        parts = settled(config, gather_parts(config, folder, corpus, choice), folder)
        names = [name for name in SPLITS if corpus.manifest(name).exists()]
        splits = {name: parts.extractor.split(name) for name in names}
        for name, split in splits.items():
            with replacing(folder / "segments" / f"{name}.jsonl") as temporary:
                copyfile(split.segments, temporary)
        return Prepared(
            parts.extractor.config, parts, splits["train"], splits["validation"], splits.get("test")
        )


def _unscored(utterance: Utterance) -> SetAside:
    if is_english(utterance.lang):
        lacking = "has no text (add what is said)"
    else:
        lacking = f"is in {utterance.lang!r} and has no translations (add English ones)"
    return SetAside(utterance.id, f"is not scored, though written down: it {lacking}")


def export(config: RunConfig, parts: Parts, learner: Learner, checkpoint: Path) -> SpeechToText:
    """The generator of a checkpoint with all that it needs to write."""
    if learner.recogniser is None and learner.tuned is not None:
        segmenter = learner.tuned.segmenter
    elif learner.recogniser is None:
        method = config.fallback_segmenter if config.segmenter == GOLD else config.segmenter
        segmenter = parts.extractor.segmenters.named(method)
    else:
        recipe = SegmenterRecipe(
            RECOGNISED, parts.words_per_second, config.encoder, config.segmentation, config.log_mel
        )
        segmenter = recognising(recipe, learner.recogniser, parts.encoder)
    settings = SpeechToTextConfig(
        language=config.language,
        encoder=config.encoder,
        log_mel=config.log_mel,
        slots=config.slots,
        decoder=config.decoder,
        trained_on_gold_times=config.segmenter == GOLD,
        segmenter=segmenter.recipe.method,
        words_per_second=parts.words_per_second,
        languages=config.languages,
    )
    generator = learner.decoder(checkpoint).generator
    model = SpeechToText(
        settings, parts.vocabulary, generator, parts.arpa, parts.encoder, config.device, segmenter
    )
    if learner.translator is not None:
        model.translate_with(learner.translator)
    return model


def _score(
    config: RunConfig,
    folder: Path,
    ready: Prepared,
    learner: Learner,
    learned: dict[str, Path],
    budget: Budget,
) -> Results:
    """Export the model, decode with every stage, and read the references for the first time."""
    final, texts = list(learned)[-1], origins(config.data)
    export(config, ready.parts, learner, learned[final]).save_pretrained(folder / "model")
    write_hypotheses(
        folder / "decoded" / f"{final}.validation.jsonl",
        learner.decoder(learned[final]).decode(learner.validation),
    )
    if (student := learner.student) is not None:
        student.keep(config, folder, learner.validation.ids)
    translations = translated(learner, learned[final], "validation", learner.validation)
    for stage, hypotheses in translations.items():
        write_hypotheses(folder / "decoded" / f"{stage}.validation.jsonl", hypotheses)
    results = Results(
        recipe=config.recipe,
        version=version("unsup-asr"),
        language=config.language,
        task="translation" if config.task == "translation" else "asr",
        segmentation=config.segmenter,
        test_uses_gold_times=config.segmenter == GOLD and student is None,
        seed=config.seed,
        n_test=0,
        clip_r1=ready.parts.clip_choice.r1,
        clip_minimal_pairs=ready.parts.clip_choice.minimal_pairs,
        captions_from=texts.captions_from,
    )
    if ready.test is None:
        named = [*learned, *([STUDENT] if student else []), *translations]
        return replace(results, stages=tuple(StageResult(s, seconds=budget.seconds.get(s)) for s in named))
    utterances = ready.test_utterances
    stages, tests = [], {}
    for stage, checkpoint in learned.items():
        words = learner.segments("test", ready.test.words, stage)
        test = TestSet(utterances, learner.decoder(checkpoint).decode(words))
        stages.append(write_stage(folder, stage, test, budget.seconds.get(stage)))
        tests[stage] = test
    write_segment_scores(folder, results, tests)
    if student is not None:
        test = TestSet(utterances, student.decode("test", words.ids))
        stages.append(write_stage(folder, STUDENT, test, budget.seconds.get(STUDENT)))
        greedy = student.greedy_pieces("test", words.ids)
    else:
        greedy = _greedy_pieces(learner.decoder(learned[final]), words)
    if learner.translator is not None:
        tests = {stages[-1].name: test}
        for stage, hypotheses in translated(learner, learned[final], "test", words).items():
            tests[stage] = test = TestSet(utterances, hypotheses)
            stages.append(write_stage(folder, stage, test, budget.seconds.get(stage)))
        write_translation_scores(config, folder, ready.parts, words, tests)
    frequencies = {entry.word: entry.count for entry in ready.parts.vocabulary.entries[1:]}
    n_test = len(test.referenced.utterances)
    kind = texts.reference_kind if n_test else None
    results = replace(results, stages=tuple(stages), n_test=n_test, reference_kind=kind)
    captions = ready.parts.captions
    content = content_words(word for words in captions for word in words)
    results = with_text_scores(results, test, content)
    results = with_language_scores(results, test, content)
    results = with_seen_in_captions(results, test, captions)
    results = with_word_scores(results, test, frequencies)
    results = with_segment_scores(results, test)
    return _with_picture_scores(results, ready.parts, words, greedy, test)


def _greedy_pieces(decoder: Decoder, words: SpokenWords) -> list[list[str]]:
    table = decoder.vocabulary.entries
    return [[piece for entry in row for piece in table[entry].pieces] for row in decoder.greedy(words)]


def _with_picture_scores(
    results: Results, parts: Parts, words: SpokenWords, greedy: list[list[str]], test: TestSet
) -> Results:
    """Fill in how often the written text finds its picture, and the perplexity of the greedy text's pieces."""
    texts = parts.clip.encode_captions([parts.clip.tokenizer.encode(text) for text in test.written])
    images, ids = words.images[:POOL], words.image_ids[:POOL]
    return replace(
        results,
        retrieval_r1=retrieval_r1(texts[:POOL].to(images.device), images, ids),
        retrieval_pool=len(ids.unique()),
        perplexity=parts.kenlm.perplexity(greedy),
    )
