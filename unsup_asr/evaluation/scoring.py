"""The figures of a decoded test set: references are read here, once, and nowhere before."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

from segmenters.gold import gold
from segmenters.metrics.boundaries import boundary_scores
from segmenters.segmentation import Segmentation, Span
from unsup_asr.data.captions import normalise
from unsup_asr.data.manifest import Utterance
from unsup_asr.decoding.hypothesis import Hypothesis
from unsup_asr.evaluation.recognition import cer, content_f1, content_wer, wer, wer_interval
from unsup_asr.evaluation.results import Results
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

NORMALISER = "NFKC, lower case, no punctuation (unsup_asr.data.captions.normalise)"


@dataclass(frozen=True)
class TestSet:
    """Utterances with what was decoded from them, row for row.

    Attributes:
        utterances: with their references.
        hypotheses: what was written.
    """

    utterances: Sequence[Utterance]
    hypotheses: Sequence[Hypothesis]

    @property
    def references(self) -> list[str]:
        """The spoken English, or the first translation, normalised."""
        return [texts[0] for texts in self.all_references]

    @property
    def all_references(self) -> list[list[str]]:
        """Every reference of each utterance, normalised."""
        return [
            [" ".join(normalise(text)) for text in (u.translations or (u.text or "",))]
            for u in self.utterances
        ]

    @property
    def written(self) -> list[str]:
        """What was decoded, normalised as the references are."""
        return [" ".join(normalise(hypothesis.text)) for hypothesis in self.hypotheses]


def with_text_scores(results: Results, test: TestSet, content: Set[str]) -> Results:
    """Fill in the figures of the text, and those of chance: every text beside another picture's speech.

    Args:
        results: of the same run.
        test: references and hypotheses.
        content: the content words; see `content_words`.
    """
    references, written = test.references, test.written
    translation = translation_scores(test.all_references, written)
    chance = [written[other] for other in of_other_pictures(test.utterances)]
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
        chance_wer=wer(references, chance),
        chance_bleu=translation_scores(test.all_references, chance).bleu,
        chance_content_wer=content_wer(references, chance, content),
        normaliser=NORMALISER,
    )


def with_seen_in_captions(results: Results, test: TestSet, captions: Sequence[Sequence[str]]) -> Results:
    """Fill in how much of the test set stands in the captions word for word, and how that part fares."""
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
    """Fill in the figures by word type.

    Args:
        results: of the same run.
        test: references and hypotheses.
        frequencies: how often the captions use each word.
    """
    pairs = word_pairs(test)
    discovery = discovery_scores(pairs.words, pairs.labels)
    return replace(
        results,
        recognition_score=discovery.recognition_score,
        share_75=discovery.share_75,
        match_score=discovery.match_score,
        v_measure=discovery.v_measure,
        macro_recall=macro_recall(pairs.words, pairs.labels),
        bands=tuple(recall_by_band(pairs.words, pairs.labels, frequencies)),
    )


def with_segment_scores(results: Results, test: TestSet) -> Results:
    """Fill in the figures of the boundaries at ±20 ms, where the reference words have times and are several."""
    timed = all(utterance.words for utterance in test.utterances)
    if not timed or all(len(utterance.words) == 1 for utterance in test.utterances):
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
    """Spoken words and their labels: by time where the words have times, else by aligning the texts."""
    if not all(utterance.words for utterance in test.utterances):
        return aligned_pairs(test.references, test.written)
    words = [" ".join(normalise(word.word)) for utterance in test.utterances for word in utterance.words]
    labels = [
        label
        for utterance, hypothesis in zip(test.utterances, test.hypotheses, strict=True)
        for label in labels_by_time(utterance.words, hypothesis.words)
    ]
    return Pairs(words, labels)
