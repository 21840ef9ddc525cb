"""The figures of a decoded test set: references are read here, once, and nowhere before."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from segmenters.gold import gold
from segmenters.metrics.boundaries import boundary_scores
from segmenters.segmentation import Segmentation, Span
from unsup_asr.data.manifest import Utterance
from unsup_asr.data.normalisers import ENGLISH, is_english, normaliser
from unsup_asr.data.references import english_references
from unsup_asr.decoding.hypothesis import Hypothesis
from unsup_asr.evaluation.closest_reference import closest_references
from unsup_asr.evaluation.recognition import cer, content_f1, content_wer, wer, wer_interval
from unsup_asr.evaluation.results import Results, StageResult
from unsup_asr.evaluation.scored import write_scored
from unsup_asr.evaluation.seen import seen_in_captions
from unsup_asr.evaluation.translation import bleu_interval, translation_scores
from unsup_asr.evaluation.words import (
    Pairs,
    aligned_pairs,
    discovery_scores,
    labels_by_time,
    macro_recall,
    recall_by_band,
)


@dataclass(frozen=True)
class TestSet:
    """Utterances with what was decoded from them, row for row.

    Attributes:
        utterances: with their references.
        hypotheses: what was written.
    """

    utterances: Sequence[Utterance]
    hypotheses: Sequence[Hypothesis]

    def where(self, kept: Callable[[Utterance], bool]) -> "TestSet":
        """Those utterances that are to be kept."""
        rows = [row for row in zip(self.utterances, self.hypotheses, strict=True) if kept(row[0])]
        return TestSet([utterance for utterance, _ in rows], [hypothesis for _, hypothesis in rows])

    @property
    def referenced(self) -> "TestSet":
        """Those with an English reference: texts are scored on these alone."""
        return self.where(lambda utterance: bool(english_references(utterance)))

    @property
    def said_in_english(self) -> "TestSet":
        """Those that are spoken in English."""
        return self.where(lambda utterance: is_english(utterance.lang))

    @property
    def timed(self) -> bool:
        """Whether the spoken words of all have times."""
        return all(utterance.words for utterance in self.utterances)

    @cached_property
    def references(self) -> list[str]:
        """The spoken English, or the translation that the text is closest to, normalised; see `referenced`."""
        return closest_references(self.all_references, self.written)

    @property
    def all_references(self) -> list[list[str]]:
        """Every reference of each utterance, normalised."""
        return [[ENGLISH(text) for text in english_references(u)] for u in self.utterances]

    @property
    def written(self) -> list[str]:
        """What was decoded, normalised as the references are."""
        return [ENGLISH(hypothesis.text) for hypothesis in self.hypotheses]


def write_scored_texts(path: Path, test: TestSet) -> None:
    """Write the texts that the figures are computed on; see `read_scored`."""
    test = test.referenced
    ids = [utterance.id for utterance in test.utterances]
    write_scored(path, ids, test.all_references, test.written, ENGLISH.version)


def stage_result(name: str, test: TestSet, seconds: float | None) -> StageResult:
    """The figures of one stage's text, where there are references.

    Args:
        name: of the stage.
        test: what it wrote.
        seconds: that its training took.
    """
    test = test.referenced
    if not test.utterances:
        return StageResult(name, seconds=seconds)
    bleu = translation_scores(test.all_references, test.written).bleu
    return StageResult(name, wer(test.references, test.written), bleu, seconds)


def with_text_scores(results: Results, test: TestSet, content: Set[str]) -> Results:
    """Fill in the figures of the text, and those of chance: every text beside another picture's speech.

    Args:
        results: of the same run.
        test: references and hypotheses; without any reference, results stay as they are.
        content: the content words; see `content_words`.
    """
    test = test.referenced
    if not test.utterances:
        return results
    references, written = test.references, test.written
    translation = translation_scores(test.all_references, written)
    chance = [written[other] for other in of_other_pictures(test.utterances)]
    beside = closest_references(test.all_references, chance)
    return replace(
        results,
        wer=wer(references, written),
        cer=cer(references, written),
        bleu=translation.bleu,
        chrf=translation.chrf,
        bleu_signature=translation.bleu_signature,
        content_wer=content_wer(references, written, content),
        content_f1=content_f1(references, written, content),
        wer_interval=wer_interval(references, written),
        bleu_interval=bleu_interval(test.all_references, written),
        chance_wer=wer(beside, chance),
        chance_bleu=translation_scores(test.all_references, chance).bleu,
        chance_content_wer=content_wer(beside, chance, content),
        normaliser=ENGLISH.version,
    )


def with_seen_in_captions(results: Results, test: TestSet, captions: Sequence[Sequence[str]]) -> Results:
    """Fill in how much of the test set stands in the captions word for word, and how that part fares."""
    test = test.referenced
    sentences = {" ".join(caption) for caption in captions}
    return replace(results, seen_in_captions=seen_in_captions(test.references, test.written, sentences))


def of_other_pictures(utterances: Sequence[Utterance]) -> list[int]:
    """For each utterance another one, each taken once, of another picture as far as there are enough.

    Descriptions of one picture stand together in this order; as many places further, none is of the same.
    """
    order = sorted(range(len(utterances)), key=lambda row: utterances[row].picture)
    further = max(Counter(utterance.picture for utterance in utterances).values(), default=0)
    others = dict(zip(order, [*order[further:], *order[:further]], strict=True))
    return [others[row] for row in range(len(utterances))]


def with_word_scores(results: Results, test: TestSet, frequencies: Mapping[str, int]) -> Results:
    """Fill in the figures by word type; whether a word is labelled with itself is asked of English alone.

    Args:
        results: of the same run.
        test: references and hypotheses.
        frequencies: how often the captions use each word.
    """
    pairs = word_pairs(test)
    discovery = discovery_scores(pairs.words, pairs.labels)
    results = replace(
        results,
        recognition_score=discovery.recognition_score,
        share_75=discovery.share_75,
        v_measure=discovery.v_measure,
    )
    english = word_pairs(test.said_in_english) if test.timed else pairs
    if not english.words:
        return results
    return replace(
        results,
        match_score=discovery_scores(english.words, english.labels).match_score,
        macro_recall=macro_recall(english.words, english.labels),
        bands=tuple(recall_by_band(english.words, english.labels, frequencies)),
    )


def with_segment_scores(results: Results, test: TestSet) -> Results:
    """Fill in the figures of the boundaries at ±20 ms, where the reference words have times and are several."""
    if not test.timed or all(len(utterance.words) == 1 for utterance in test.utterances):
        return results
    reference = [gold(u.id, u.duration, u.words) for u in test.utterances]
    found = [
        Segmentation(u.id, u.duration, tuple(Span(w.start, w.end) for w in h.words), results.segmentation)
        for u, h in zip(test.utterances, test.hypotheses, strict=True)
    ]
    scores = boundary_scores(reference, found)
    return replace(
        results,
        boundary_f1=scores.f1,
        boundary_r_value=scores.r_value,
        segments_per_word=scores.segments_per_word,
    )


def word_pairs(test: TestSet) -> Pairs:
    """Words and their labels: spoken ones by time where all have times, else those of the aligned texts."""
    if not test.timed:
        return aligned_pairs(test.referenced.references, test.referenced.written)
    words = [normaliser(u.lang).word(spoken.word) for u in test.utterances for spoken in u.words]
    labels = [
        label
        for utterance, hypothesis in zip(test.utterances, test.hypotheses, strict=True)
        for label in labels_by_time(utterance.words, hypothesis.words)
    ]
    return Pairs(words, labels)
