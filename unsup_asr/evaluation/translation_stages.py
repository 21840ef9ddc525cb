"""Scores before and after each part of a translation, how much each invents, and what needs no speech at all."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from unsup_asr.decoding.hypothesis import Hypothesis
from unsup_asr.errors import InputError
from unsup_asr.evaluation.recognition import content_f1
from unsup_asr.evaluation.scoring import TestSet, of_other_pictures
from unsup_asr.evaluation.translation import translation_scores


@dataclass(frozen=True)
class TranslationStage:
    """The figures of one stage, in percent.

    Attributes:
        stage: its name.
        bleu, chrf, content_f1: of its texts.
        chance_bleu: of its texts beside the references of other pictures: all that was learned, shuffled audio.
        invented: share of its content words that no segment yields.
    """

    stage: str
    bleu: float
    chrf: float
    content_f1: float | None
    chance_bleu: float
    invented: float


@dataclass(frozen=True)
class Ceiling:
    """What right words in the order of speech come to: the best that can be had without reordering."""

    bleu: float
    chrf: float


@dataclass(frozen=True)
class TranslationFigures:
    """All stages, and the controls.

    Attributes:
        stages: in their order; none without references.
        unigram_bleu, unigram_chrf: of words drawn as often as captions use them, as many as the last stage wrote.
        source_order: the ceiling without reordering, where the corpus knows its words' English.
    """

    stages: tuple[TranslationStage, ...] = ()
    unigram_bleu: float | None = None
    unigram_chrf: float | None = None
    source_order: Ceiling | None = None


def score_stages(
    tests: Mapping[str, TestSet],
    content: Set[str],
    frequencies: Mapping[str, int],
    source_order: Mapping[str, Sequence[str]] | None = None,
) -> TranslationFigures:
    """Score what each stage wrote for the same test set.

    Args:
        tests: by stage, in their order; the last is what the controls are compared with.
        content: the content words; see `content_words`.
        frequencies: how often the captions use each word.
        source_order: by utterance, the English of its words in the order of speech; None where nobody knows it.
    """
    referenced = {stage: test.referenced for stage, test in tests.items()}
    if not all(test.utterances for test in referenced.values()):
        return TranslationFigures()
    stages = tuple(_stage(name, test, content) for name, test in referenced.items())
    last = list(referenced.values())[-1]
    lengths = [len(text.split()) for text in last.written]
    unigram = translation_scores(last.all_references, unigram_texts(frequencies, lengths))
    ceiling = None
    if source_order is not None:
        words = [source_order[utterance.id] for utterance in last.utterances]
        ceiling = source_order_ceiling(words, last.all_references)
    return TranslationFigures(stages, unigram.bleu, unigram.chrf, ceiling)


def invented_share(hypotheses: Sequence[Hypothesis], content: Set[str]) -> float:
    """The percentage of the texts' content words that have no token of their own among the segments' words.

    A segment's word counts once: a word that is written twice and was heard once is invented once.
    """
    written = invented = 0
    for hypothesis in hypotheses:
        said = Counter(word for word in hypothesis.text.split() if word in content)
        heard = Counter(word for segment in hypothesis.words for word in segment.word.split())
        written += said.total()
        invented += (said - heard).total()
    return 100 * invented / max(1, written)


def unigram_texts(frequencies: Mapping[str, int], lengths: Sequence[int], seed: int = 0) -> list[str]:
    """Texts of the given numbers of words, drawn one by one as often as captions use them."""
    words, counts = list(frequencies), list(frequencies.values())
    chance = random.Random(seed)
    return [" ".join(chance.choices(words, counts, k=length)) for length in lengths]


def source_order_ceiling(words: Sequence[Sequence[str]], references: Sequence[Sequence[str]]) -> Ceiling:
    """Score the true English of every spoken word, in the order of speech. Read at scoring alone.

    Args:
        words: of each utterance, the English of its words in their order; none for a word that English lacks.
        references: of each utterance.

    Raises:
        InputError: there is no utterance, or not as many as there are references, or one has no reference.
    """
    if len(words) != len(references):
        fault = f"{len(words)} utterances and the references of {len(references)}"
        raise InputError(fault, where="source-order ceiling", remedy="give the words of every utterance")
    scores = translation_scores(references, [" ".join(each) for each in words])
    return Ceiling(scores.bleu, scores.chrf)


def _stage(name: str, test: TestSet, content: Set[str]) -> TranslationStage:
    scores = translation_scores(test.all_references, test.written)
    others = [test.written[row] for row in of_other_pictures(test.utterances)]
    return TranslationStage(
        name,
        scores.bleu,
        scores.chrf,
        content_f1(test.references, test.written, content),
        translation_scores(test.all_references, others).bleu,
        invented_share(test.hypotheses, content),
    )
