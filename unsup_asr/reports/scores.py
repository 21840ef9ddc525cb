"""The figures of a run in the words of a reader: tiles, the way from chance to topline, and all the rest."""

from collections.abc import Sequence
from dataclasses import dataclass

from unsup_asr.data.normalisers import is_english
from unsup_asr.evaluation.bootstrap import Interval
from unsup_asr.evaluation.results import LanguageResult, Results

ABSENT = "–"


@dataclass(frozen=True, slots=True)
class Score:
    """A figure with its name, ready to print, and what it means."""

    name: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rung:
    """A line of the table from chance over the stages to the topline; `share` is the bar's length, 0–100."""

    name: str
    kind: str
    share: float | None
    wer: str
    bleu: str
    seconds: str


@dataclass(frozen=True, slots=True)
class Group:
    """Scores that belong together."""

    title: str
    scores: list[Score]


def figure(value: float | None, digits: int = 1) -> str:
    """A number as printed, or a dash where nothing applies."""
    return ABSENT if value is None else f"{value:.{digits}f}"


def duration(seconds: float | None) -> str:
    """Seconds as people say them."""
    if seconds is None:
        return ABSENT
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s" if seconds < 10 else f"{rest} s"


def tiles(results: Results) -> list[Score]:
    """The headline figures."""
    found = f"of {results.retrieval_pool or ABSENT}; the true text: {figure(results.clip_r1)}"
    retrieval = Score("Picture found, R@1 %", figure(results.retrieval_r1), found)
    if results.task == "translation":
        range_, ends = _range(results.bleu_interval), _ends(results.chance_bleu, results.topline_bleu)
        content = Score("Content-word F1 %", figure(results.content_f1), "whatever their order")
        return [Score("BLEU", figure(results.bleu), range_ + ends), content, retrieval]
    range_, ends = _range(results.wer_interval), _ends(results.chance_wer, results.topline_wer)
    return [
        Score("Word error rate %", figure(results.wer), range_ + ends),
        Score("Content-word error rate %", figure(results.content_wer), "function words left out"),
        Score(
            "Word match %", figure(results.match_score), "mean over frequent words; 0 for a constant output"
        ),
        retrieval,
    ]


def ladder(results: Results) -> list[Rung]:
    """Chance, the stages, the topline; a missing end is shown as absent."""
    by_bleu = results.task == "translation"
    rows = [
        ("chance (shuffled audio)", "end", results.chance_wer, results.chance_bleu, None),
        *((stage.name, "stage", stage.wer, stage.bleu, stage.seconds) for stage in results.stages),
        ("topline (given transcripts)", "end", results.topline_wer, results.topline_bleu, None),
    ]
    measured = [bleu if by_bleu else wer for _, _, wer, bleu, _ in rows]
    longest = max(100.0, *(value for value in measured if value is not None), 0.0)
    shares = [None if value is None else 100 * value / longest for value in measured]
    return [
        Rung(name, kind, share, figure(wer), figure(bleu), duration(seconds))
        for (name, kind, wer, bleu, seconds), share in zip(rows, shares, strict=True)
    ]


def facts(results: Results) -> list[Score]:
    """What the figures depend on."""
    given = "gold word times" if results.test_uses_gold_times else "no gold word times"
    return [
        Score("language", results.language),
        Score("task", {"asr": "speech recognition", "translation": "translation"}[results.task]),
        Score("segmentation", results.segmentation),
        Score("test set", f"{results.n_test} utterances, {given}"),
        Score("compared to", _REFERENCES[results.reference_kind]),
        Score("text normalised by", results.normaliser or ABSENT),
        Score("captions", results.captions_from or ABSENT),
        Score("seed", ABSENT if results.seed is None else str(results.seed)),
        Score("time", duration(results.seconds)),
    ]


def groups(results: Results) -> list[Group]:
    """All figures, by what they tell."""
    r, seen = results, results.seen_in_captions
    recognition = [
        Score("word error rate", figure(r.wer), _range(r.wer_interval).rstrip("; ")),
        Score("character error rate", figure(r.cer)),
        Score("content-word error rate", figure(r.content_wer), f"chance {figure(r.chance_content_wer)}"),
        Score("content-word F1", figure(r.content_f1)),
        Score("BLEU", figure(r.bleu), r.bleu_signature or ""),
        Score("chrF", figure(r.chrf)),
    ]
    words = [
        Score("match score", figure(r.match_score), "share labelled with the word itself"),
        Score(
            "recognition score", figure(r.recognition_score), "share of the most common label, whatever it is"
        ),
        Score("types at 75 % or more", figure(r.share_75)),
        Score("V-measure", figure(r.v_measure)),
        Score("macro recall", figure(r.macro_recall), "mean over all word types"),
    ]
    segments = [
        Score("boundary F1", figure(r.boundary_f1), "at ±20 ms"),
        Score("boundary R-value", figure(r.boundary_r_value)),
        Score("segments per word", figure(r.segments_per_word, 2)),
    ]
    grounding = [
        Score("picture found, R@1", figure(r.retrieval_r1), f"among {r.retrieval_pool or ABSENT}"),
        Score("CLIP's own R@1", figure(r.clip_r1), "held-out pictures and their true captions"),
        Score("perplexity of the greedy output", figure(r.perplexity)),
        *(Score(f"CLIP tells {k} apart", figure(v)) for k, v in (r.clip_minimal_pairs or {}).items()),
    ]
    controls = [
        Score("sentences seen in the captions", figure(seen.share if seen else None)),
        Score("word error rate of these", figure(seen.wer_seen if seen else None)),
        Score("of the others", figure(seen.wer_unseen if seen else None)),
        *(Score(f"time for {k}", duration(v)) for k, v in (r.budget or {}).items()),
    ]
    return [
        Group("Text", recognition),
        Group("Words", words),
        Group("Segments", segments),
        Group("Pictures and language model", grounding),
        Group("Controls and cost", controls),
        *([Group("By language", _languages(r.by_language))] if r.by_language else []),
    ]


def _languages(found: Sequence[LanguageResult]) -> list[Score]:
    """Of each language the figure that a run of it alone would be told by."""
    return [
        Score(f"{each.language}: word error rate", figure(each.wer), f"chance {figure(each.chance_wer)}")
        if is_english(each.language)
        else Score(
            f"{each.language}: BLEU",
            figure(each.bleu),
            f"chance {figure(each.chance_bleu)}; content-word F1 {figure(each.content_f1)}",
        )
        for each in found
    ]


_REFERENCES = {
    "gold": "transcripts or translations by people",
    "asr": "the output of a recogniser, not transcripts",
    "image_caption": "other captions of the picture, not translations",
    None: ABSENT,
}


def _range(interval: Interval | None) -> str:
    return f"95 %: {interval.low:.1f} to {interval.high:.1f}; " if interval else ""


def _ends(chance: float | None, topline: float | None) -> str:
    shown = ["not measured" if value is None else figure(value) for value in (chance, topline)]
    return "chance {}, topline {}".format(*shown)
