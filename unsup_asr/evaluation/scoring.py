"""The figures of a decoded test set: references are read here, once, and nowhere before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from segmenters.boundary_metrics import boundary_scores
from segmenters.gold import gold
from segmenters.segmentation import Segmentation, Span
from unsup_asr.data.captions import normalise
from unsup_asr.data.manifest import Utterance
from unsup_asr.decoding.hypothesis import Hypothesis
from unsup_asr.evaluation.content import content_words
from unsup_asr.evaluation.recognition import cer, content_f1, content_wer, wer, wer_interval
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


def text_scores(test: TestSet, captions: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Figures of the text, keyed as in `results.json`.

    Args:
        test: references and hypotheses.
        captions: the unpaired captions; their words that are not function words are the content words.
    """
    references, written = test.references, test.written
    content = content_words({word for caption in captions for word in caption})
    translation = translation_scores(test.all_references, written)
    return {
        "wer": wer(references, written),
        "cer": cer(references, written),
        "bleu": translation.bleu,
        "chrf": translation.chrf,
        "bleu_signature": translation.bleu_signature,
        "content_wer": content_wer(references, written, content),
        "content_f1": content_f1(references, written, content),
        "wer_interval": wer_interval(references, written),
        "bleu_interval": bleu_interval(test.all_references, written),
        "seen_in_captions": seen_in_captions(
            references, written, {" ".join(caption) for caption in captions}
        ),
        "reference_kind": "gold",
        "normaliser": NORMALISER,
    }


def word_scores(test: TestSet, frequencies: Mapping[str, int]) -> dict[str, Any]:
    """Figures by word type, keyed as in `results.json`.

    Args:
        test: references and hypotheses.
        frequencies: how often the captions use each word.
    """
    pairs = _pairs(test)
    discovery = discovery_scores(pairs.words, pairs.labels)
    return {
        "recognition_score": discovery.recognition_score,
        "share_75": discovery.share_75,
        "match_score": discovery.match_score,
        "v_measure": discovery.v_measure,
        "macro_recall": macro_recall(pairs.words, pairs.labels),
        "bands": tuple(recall_by_band(pairs.words, pairs.labels, frequencies)),
    }


def segment_scores(test: TestSet, method: str) -> dict[str, Any]:
    """Figures of the boundaries at ±20 ms, keyed as in `results.json`; none where the words have no times."""
    if not all(utterance.words for utterance in test.utterances):
        return {}
    reference = [gold(u.id, u.duration, u.words) for u in test.utterances]
    found = [
        Segmentation(u.id, u.duration, tuple(Span(w.start, w.end) for w in h.words), method)
        for u, h in zip(test.utterances, test.hypotheses, strict=True)
    ]
    scores = boundary_scores(reference, found)
    return {
        "boundary_f1": scores.f1,
        "boundary_r_value": scores.r_value,
        "segments_per_word": scores.segments_per_word,
    }


def _pairs(test: TestSet) -> Pairs:
    """Spoken words and their labels: by time where the words have times, else by aligning the texts."""
    if not all(utterance.words for utterance in test.utterances):
        return aligned_pairs(test.references, test.written)
    words = [word.word for utterance in test.utterances for word in utterance.words]
    labels = [
        label
        for utterance, hypothesis in zip(test.utterances, test.hypotheses, strict=True)
        for label in labels_by_time(utterance.words, hypothesis.words)
    ]
    return Pairs(words, labels)
