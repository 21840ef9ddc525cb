"""Scores before and after each part of a translation, how much each invents, and what needs no speech at all."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from unsup_asr.decoding.hypothesis import Hypothesis
from unsup_asr.evaluation.figure_rows import build, fields_of, read_row
from unsup_asr.evaluation.recognition import content_f1
from unsup_asr.evaluation.reference_agreement import ReferenceAgreement, reference_agreement
from unsup_asr.evaluation.scoring import TestSet, of_other_pictures
from unsup_asr.evaluation.translation import translation_scores
from unsup_asr.files import write_json

_FILE = Path("scored") / "translation.json"


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
class Control:
    """What texts come to that no part of the run has written."""

    bleu: float
    chrf: float


@dataclass(frozen=True)
class TranslationFigures:
    """All stages, and the controls.

    Attributes:
        stages: in their order; none without references.
        unigram: words drawn as often as captions use them, as many as the last stage wrote.
        nearest_caption: for each picture the training caption that CLIP finds nearest, whatever is said.
        source_order: right words in the order of speech, the ceiling without reordering, where the corpus knows
            its words' English.
        agreement: of the references with each other, among utterances that have several.
    """

    stages: tuple[TranslationStage, ...] = ()
    unigram: Control | None = None
    nearest_caption: Control | None = None
    source_order: Control | None = None
    agreement: ReferenceAgreement | None = None


def score_stages(
    tests: Mapping[str, TestSet],
    content: Set[str],
    frequencies: Mapping[str, int],
    nearest_captions: Mapping[str, Sequence[str]],
    source_order: Mapping[str, Sequence[str]] | None = None,
) -> TranslationFigures:
    """Score what each stage wrote for the same test set.

    Args:
        tests: by stage, in their order; the last is what the controls are compared with.
        content: the content words; see `content_words`.
        frequencies: how often the captions use each word.
        nearest_captions: by utterance, the words of the caption that is nearest to its picture.
        source_order: by utterance, the English of its words in the order of speech; None where nobody knows it.
    """
    referenced = {stage: test.referenced for stage, test in tests.items()}
    if not all(test.utterances for test in referenced.values()):
        return TranslationFigures()
    last = list(referenced.values())[-1]
    lengths = [len(text.split()) for text in last.written]
    several = [texts for texts in last.all_references if len(texts) > 1]
    return TranslationFigures(
        stages=tuple(_stage(name, test, content) for name, test in referenced.items()),
        unigram=_control(last, unigram_texts(frequencies, lengths)),
        nearest_caption=_control(last, _texts(last, nearest_captions)),
        source_order=None if source_order is None else _control(last, _texts(last, source_order)),
        agreement=reference_agreement(several) if several else None,
    )


def write_translation_figures(run: Path, figures: TranslationFigures) -> None:
    """Write them into a run folder."""
    write_json(run / _FILE, asdict(figures))


def read_translation_figures(run: Path) -> TranslationFigures | None:
    """Those of a run folder; None where there are none.

    Raises:
        InputError: the file is no JSON object, or its fields are others.
    """
    path = run / _FILE
    if not path.exists():
        return None
    values = fields_of(TranslationFigures, read_row(path), path)
    stages = tuple(build(TranslationStage, row, path) for row in values.pop("stages"))
    kinds: dict[str, type] = dict.fromkeys(values, Control) | {"agreement": ReferenceAgreement}
    rest: dict[str, Any] = {name: row and build(kinds[name], row, path) for name, row in values.items()}
    return TranslationFigures(stages, **rest)


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


def _texts(test: TestSet, words: Mapping[str, Sequence[str]]) -> list[str]:
    return [" ".join(words[utterance.id]) for utterance in test.utterances]


def _control(test: TestSet, texts: Sequence[str]) -> Control:
    scores = translation_scores(test.all_references, texts)
    return Control(scores.bleu, scores.chrf)


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
