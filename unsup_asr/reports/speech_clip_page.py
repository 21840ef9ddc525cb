"""The pages of SpeechCLIP runs: of one, and of several beside what has been published; they need no network."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from unsup_asr.data.captions import normalise
from unsup_asr.data.manifest import Utterance
from unsup_asr.data.vocabulary import WORD_END
from unsup_asr.evaluation.content import content_words
from unsup_asr.evaluation.keywords import Detokenised, DetokenisedKeyword
from unsup_asr.files import write_text
from unsup_asr.reports.embedding import audio_uri
from unsup_asr.reports.embedding_space import Closeness, EmbeddingSpace, closeness, space_uri
from unsup_asr.reports.figures import learning_curves
from unsup_asr.reports.retrieval_systems import in_order, published_systems, systems_of
from unsup_asr.reports.scores import ABSENT, Score, duration, figure
from unsup_asr.reports.speech_clip_run import SpeechClipRun, read_speech_clip_run
from unsup_asr.reports.utterances import picture_of, samples_of

COMPARISON = "comparison.html"

_UTTERANCES = 30


@dataclass(frozen=True, slots=True)
class ShownToken:
    """A neighbour of a keyword: `content` or `function` for a word of the caption, else `other`."""

    text: str
    score: float
    verdict: str


@dataclass(frozen=True, slots=True)
class ShownKeyword:
    """A keyword's number, from 1, where it was heard, and its neighbours."""

    number: int
    place: str
    tokens: list[ShownToken]


@dataclass(frozen=True, slots=True)
class ShownUtterance:
    """An utterance as the template wants it; data URIs are None where the file is missing."""

    id: str
    gold: str
    picture: str | None
    audio: str | None
    keywords: list[ShownKeyword]


@dataclass(frozen=True, slots=True)
class ShownSpace:
    """The picture of the embedding space, and by panel how close keywords are to tokens."""

    uri: str
    panels: list[tuple[str, Closeness]]


def write_speech_clip_report(folder: Path) -> Path:
    """Write `report.html` into the folder of a SpeechCLIP run and return its path.

    Raises:
        InputError: it is no such folder, or a file in it, or one that it names, is damaged.
    """
    path = folder / "report.html"
    write_text(path, render_run(read_speech_clip_run(folder)))
    return path


def write_comparison(folders: Sequence[Path], path: Path) -> Path:
    """Write the page that lays SpeechCLIP runs beside each other and what has been published.

    Raises:
        InputError: as `write_speech_clip_report`.
    """
    write_text(path, render_comparison([read_speech_clip_run(folder) for folder in folders]))
    return path


def render_run(run: SpeechClipRun) -> str:
    """The page of a run; parts of it that are missing are named as such."""
    return _render(
        "speech_clip.html",
        name=run.name,
        version=run.results.version if run.results else None,
        facts=facts(run),
        systems=in_order([*systems_of(run), *published_systems()]),
        retrieval=run.retrieval,
        hits=run.hits,
        space=None if run.space is None else _space(run.space),
        curves=learning_curves(run.steps),
        tested=len(run.keywords),
        utterances=[_show(row, run.utterances.get(row.id)) for row in _sample(run.keywords)],
    )


def render_comparison(runs: Sequence[SpeechClipRun]) -> str:
    """The page of several runs."""
    ours = [row for run in runs for row in systems_of(run)]
    return _render(
        "speech_clip_comparison.html",
        systems=in_order([*ours, *published_systems()]),
        hits=[(run.name, run.hits) for run in runs if run.hits is not None],
        runs=[(run.name, facts(run)) for run in runs],
    )


def facts(run: SpeechClipRun) -> list[Score]:
    """What the figures depend on."""
    keywords = {"cls": f"{run.setting('model.count')}", "cif": "as many as fire"}
    batch_norm = {True: "yes", False: "no"}
    has_keywords = run.setting("model.keywords") in keywords
    rows = [
        ("kind", run.kind),
        ("recipe", run.setting("recipe")),
        ("encoder", run.setting("encoder")),
        ("CLIP", run.setting("clip")),
        ("keywords", keywords.get(run.setting("model.keywords"))),
        ("BatchNorm", batch_norm.get(run.setting("model.batch_norm")) if has_keywords else None),
        ("batch", run.setting("training.batch")),
        ("learning rate", run.setting("training.learning_rate")),
        ("temperature", run.setting("training.temperature")),
        ("updates", run.setting("training.loop.updates")),
        ("seed", run.results.seed if run.results else run.setting("seed")),
        ("time", duration(run.results.seconds) if run.results else None),
    ]
    return [Score(name, str(value)) for name, value in rows if value not in (None, ABSENT)]


def _sample(keywords: Sequence[Detokenised]) -> list[Detokenised]:
    """Utterances evenly spread over the test set, so that nobody picked them."""
    chosen = np.linspace(0, len(keywords) - 1, min(_UTTERANCES, len(keywords))).round().astype(int)
    return [keywords[k] for k in chosen]


def _show(row: Detokenised, utterance: Utterance | None) -> ShownUtterance:
    samples = None if utterance is None else samples_of(utterance)
    said = frozenset(normalise(row.gold))
    content = content_words(said)
    return ShownUtterance(
        id=row.id,
        gold=row.gold,
        picture=None if utterance is None else picture_of(utterance.image_filepath),
        audio=None if samples is None else audio_uri(samples),
        keywords=[_keyword(k, keyword, said, content) for k, keyword in enumerate(row.keywords, start=1)],
    )


def _keyword(
    number: int, keyword: DetokenisedKeyword, said: frozenset[str], content: frozenset[str]
) -> ShownKeyword:
    place = "" if keyword.place is None else f"{keyword.place.start:.2f}–{keyword.place.end:.2f} s"
    tokens = []
    for neighbour in keyword.neighbours:
        word = neighbour.token.removesuffix(WORD_END)
        whole = word != neighbour.token
        verdict = (
            "content" if whole and word in content else "function" if whole and word in said else "other"
        )
        tokens.append(ShownToken(word if whole else f"{word}-", neighbour.score, verdict))
    return ShownKeyword(number, place, tokens)


def _space(space: EmbeddingSpace) -> ShownSpace:
    panels = [(panel.name, closeness(space.tokens, panel.keywords)) for panel in space.panels]
    return ShownSpace(space_uri(space), panels)


def _render(template: str, **values: Any) -> str:
    environment = Environment(
        loader=PackageLoader("unsup_asr.reports", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = figure
    environment.filters["svg"] = Markup
    return environment.get_template(template).render(**values)
