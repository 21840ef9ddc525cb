"""Systems of the SpeechCLIP family in rows of a table: the branches of runs, and what has been published."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

import torch
import yaml

from unsup_asr.evaluation.retrieval import Recalls, expected_chance, mean_of
from unsup_asr.reports.speech_clip_run import SpeechClipRun

PUBLISHED = "published_retrieval.yaml"

# Branches that no model has: what its encoder can do without it.
_PLAIN = {
    "plain": "plain encoder, mean of its frames, untrained",
    "linear": "plain encoder, mean of its frames, linear map",
}


@dataclass(frozen=True, slots=True)
class System:
    """A row.

    Attributes:
        name: what it is: its kind, or a branch of it.
        source: the run, or the publication.
        encoder, data: what it hears with, and what it was tested on.
        published: whether it is others' figure.
        speech_to_image, image_to_speech, mean: recalls in percent.
        chance: mean of both directions, None where the pool is unknown.
        images, utterances: the pool.
        hits: published keyword hit rate, in percent.
        hits_chance: the same of other pictures' keywords.
        right: share of keywords that are the content word spoken there.
    """

    name: str
    source: str
    encoder: str
    data: str
    published: bool
    speech_to_image: Recalls | None
    image_to_speech: Recalls | None
    mean: Recalls
    chance: Recalls | None = None
    images: int | None = None
    utterances: int | None = None
    hits: float | None = None
    hits_chance: float | None = None
    right: float | None = None

    @property
    def times_chance(self) -> float | None:
        """Mean R@1 in multiples of chance: pools of other sizes can be compared by it, roughly."""
        return None if self.chance is None else self.mean.at_1 / self.chance.at_1


def systems_of(run: SpeechClipRun) -> list[System]:
    """A row for each branch of a run."""
    rows = []
    for branch, scores in run.retrieval.items():
        has_keywords = branch == "cascaded" and run.hits is not None
        rows.append(
            System(
                name=_name(branch, run.kind),
                source=run.name,
                encoder=str(run.setting("encoder") or "unknown"),
                data=f"{run.corpus}, {'test' if run.results and run.results.n_test else 'validation'}",
                published=False,
                speech_to_image=scores.speech_to_image,
                image_to_speech=scores.image_to_speech,
                mean=scores.mean,
                chance=mean_of(scores.chance_speech_to_image, scores.chance_image_to_speech),
                images=scores.images,
                utterances=scores.utterances,
                hits=run.hits.published if has_keywords and run.hits else None,
                hits_chance=run.hits.published_chance if has_keywords and run.hits else None,
                right=run.hits.right if has_keywords and run.hits else None,
            )
        )
    return rows


def published_systems() -> list[System]:
    """The rows of `published_retrieval.yaml`."""
    text = files("unsup_asr.reports").joinpath(PUBLISHED).read_text(encoding="utf-8")
    return [_published(group, row) for group in yaml.safe_load(text) for row in group["systems"]]


def in_order(systems: Iterable[System]) -> list[System]:
    """Runs before publications; in each, parallel, cascaded, both together, plain encoder; best first.

    Runs that stand on the same plain encoder tell of it alike: it is listed once.
    """
    rows = sorted(systems, key=lambda row: (row.published, _rank(row.name), -row.mean.at_10))
    told = [_plainly(row) for row in rows]
    return [row for n, row in enumerate(rows) if told[n] is None or told[n] not in told[:n]]


def _plainly(row: System) -> System | None:
    """A plain encoder, whichever run it is told by."""
    return replace(row, source="") if row.name in _PLAIN.values() else None


def _name(branch: str, kind: str) -> str:
    if branch in _PLAIN:
        return _PLAIN[branch]
    return kind if branch == kind.rstrip("+") else f"{kind}: {branch} branch"


def _rank(name: str) -> int:
    together, plain = " + " in name, name in _PLAIN.values()
    return 3 if plain else 2 if together else 1 if name.startswith("cascaded") else 0


def _published(group: dict[str, Any], row: dict[str, Any]) -> System:
    forth, back = (
        Recalls(*row[direction]) if direction in row else None
        for direction in ("speech_to_image", "image_to_speech")
    )
    images, utterances = group.get("images"), group.get("utterances")
    return System(
        name=row["kind"],
        source=group["source"],
        encoder=row["encoder"],
        data=group["data"],
        published=True,
        speech_to_image=forth,
        image_to_speech=back,
        mean=mean_of(forth, back) if forth and back else Recalls(*row["mean"]),
        chance=_chance(images, utterances) if images and utterances else None,
        images=images,
        utterances=utterances,
        hits=row.get("hits"),
    )


def _chance(images: int, utterances: int) -> Recalls:
    """Where each picture has as many utterances as every other."""
    each = torch.full((1,), utterances // images)
    return mean_of(
        expected_chance(torch.ones(1, dtype=torch.long), images), expected_chance(each, utterances)
    )
