"""results.json: the figures of one run."""

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from unsup_asr.errors import InputError
from unsup_asr.evaluation.bootstrap import Interval
from unsup_asr.evaluation.figure_rows import build, fields_of, read_row
from unsup_asr.evaluation.seen import SeenInCaptions
from unsup_asr.evaluation.words import Band
from unsup_asr.files import write_json


@dataclass(frozen=True, slots=True)
class StageResult:
    """Scores on the test set after one stage of training, and the seconds that the stage took."""

    name: str
    wer: float | None = None
    bleu: float | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class LanguageResult:
    """Scores on the part of the test set that is in one language; fields as in `Results`."""

    language: str
    n_test: int
    wer: float | None = None
    bleu: float | None = None
    chrf: float | None = None
    content_f1: float | None = None
    chance_wer: float | None = None
    chance_bleu: float | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """The fields of results.json, in their order. Rates are percent, 0–100; what does not apply is None.

    Attributes:
        recipe: its name.
        version: of this software.
        language: code of the speech's language.
        task: recognition where the speech is English, translation where it is not.
        segmentation: the method that found the words.
        test_uses_gold_times: whether the test set was decoded with gold word times.
        seed: of learning; None where nothing was learned.
        n_test: utterances in the test set.
        wer, cer, bleu, chrf: of what `transcribe` would print.
        bleu_signature: sacrebleu's.
        content_wer, content_f1: over the content words alone.
        recognition_score, share_75, match_score, v_measure: see `words.DiscoveryScores`.
        chance_wer, chance_bleu: the same decoder and language model on shuffled audio.
        topline_wer, topline_bleu: the same network given the transcripts.
        boundary_f1, boundary_r_value: of the word boundaries, at ±20 ms.
        segments_per_word: predicted segments for each gold word.
        retrieval_r1: how often the written words find their picture first, among `retrieval_pool`.
        clip_r1: how often CLIP finds a held-out picture by its true captions first, and them by it; mean of both.
        perplexity: of the greedy output under the caption language model.
        reference_kind: what the texts are compared to.
        normaliser: of the texts of both sides.
        seconds: of the whole run.
        stages: in the order of training.
        macro_recall: mean recall over word types.
        bands: recall by the words' frequency in the captions.
        wer_interval, bleu_interval: 95 % bootstrap intervals over utterances.
        seen_in_captions: the test sentences that the captions hold, apart from the others.
        clip_minimal_pairs: how often CLIP tells a caption from one with a word changed, by class of word.
        budget: seconds by stage.
        chance_content_wer: as `chance_wer`, over content words.
        captions_from: where the captions come from, in words for people.
        by_language: the same of each language, where the test set has several.
    """

    recipe: str
    version: str
    language: str
    task: Literal["asr", "translation"]
    segmentation: str
    test_uses_gold_times: bool
    seed: int | None
    n_test: int
    wer: float | None = None
    cer: float | None = None
    bleu: float | None = None
    chrf: float | None = None
    bleu_signature: str | None = None
    content_wer: float | None = None
    content_f1: float | None = None
    recognition_score: float | None = None
    share_75: float | None = None
    match_score: float | None = None
    v_measure: float | None = None
    chance_wer: float | None = None
    chance_bleu: float | None = None
    topline_wer: float | None = None
    topline_bleu: float | None = None
    boundary_f1: float | None = None
    boundary_r_value: float | None = None
    segments_per_word: float | None = None
    retrieval_r1: float | None = None
    retrieval_pool: int | None = None
    clip_r1: float | None = None
    perplexity: float | None = None
    reference_kind: Literal["gold", "asr", "image_caption"] | None = None
    normaliser: str | None = None
    seconds: float | None = None
    stages: tuple[StageResult, ...] = ()
    macro_recall: float | None = None
    bands: tuple[Band, ...] | None = None
    wer_interval: Interval | None = None
    bleu_interval: Interval | None = None
    seen_in_captions: SeenInCaptions | None = None
    clip_minimal_pairs: dict[str, float] | None = None
    budget: dict[str, float] | None = None
    chance_content_wer: float | None = None
    captions_from: str | None = None
    by_language: tuple[LanguageResult, ...] | None = None


# The fields that hold other dataclasses, one or (True) several.
_NESTED: dict[str, tuple[type, bool]] = {
    "stages": (StageResult, True),
    "bands": (Band, True),
    "wer_interval": (Interval, False),
    "bleu_interval": (Interval, False),
    "seen_in_captions": (SeenInCaptions, False),
    "by_language": (LanguageResult, True),
}


def write_results(path: Path, results: Results) -> None:
    """Write results.json atomically.

    Raises:
        InputError: a figure is infinite or no number, which JSON does not know.
    """
    row = asdict(results)
    for name, value in _numbers(row):
        if not math.isfinite(value):
            raise InputError(f"{name} is {value}", where=path, remedy="leave what does not apply at null")
    write_json(path, row)


def read_results(path: Path) -> Results:
    """Read what `write_results` wrote.

    Raises:
        InputError: the file is no JSON object, or its fields are not those of `Results`.
    """
    values = fields_of(Results, read_row(path), path)
    for name, (kind, several) in _NESTED.items():
        value = values[name]
        if value is not None:
            values[name] = (
                tuple(build(kind, item, path) for item in value) if several else build(kind, value, path)
            )
    return Results(**values)


def _numbers(value: Any, name: str = "") -> list[tuple[str, float]]:
    """Every number in nested JSON values, with its dotted name."""
    if isinstance(value, dict):
        return [pair for key, item in value.items() for pair in _numbers(item, f"{name}.{key}".lstrip("."))]
    if isinstance(value, list | tuple):
        return [pair for i, item in enumerate(value) for pair in _numbers(item, f"{name}.{i}")]
    return [(name, value)] if isinstance(value, int | float) else []
