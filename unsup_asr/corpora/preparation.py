"""What preparing a published corpus comes to: manifests, unpaired captions, and what was left out, and why."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from unsup_asr.data.captions import normalise
from unsup_asr.data.manifest import Utterance, write_manifest
from unsup_asr.files import read_json, write_json, write_jsonl, write_text

RECORD, CAPTIONS, LEFT_OUT = "preparation.json", "captions.txt", "left_out.jsonl"
SPLITS = ("train", "validation", "test")

ReferenceKind = Literal["gold", "asr", "image_caption"]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that is not in the manifests: an utterance, or something of one, such as its word times.

    Attributes:
        id: of the utterance, or the name of the file or line.
        split: of the publisher, as far as it is known.
        reason: in few words, the same for all of a kind, so that they can be counted: `recording is missing`.
        broken: whether it should have been there and readable, unlike what is left out on purpose, such as a
            duplicate, or a training picture that the test has, too.
    """

    id: str
    split: str | None
    reason: str
    broken: bool


@dataclass(frozen=True)
class Preparation:
    """A corpus, ready to be written.

    Attributes:
        corpus: its name.
        splits: utterances of `train`, `validation` and `test`, those that it has.
        captions: unpaired English captions, of pictures that neither the test nor spoken training shows; none
            where another file of captions has to be named.
        reference_kind: what `text` and `translations` are: what was said, ASR of it, or captions of its picture.
        captions_from: where the captions come from, in words for people.
        left_out: everything that was not kept.
        other_rates: samples per second by id, of recordings that will be resampled.
    """

    corpus: str
    splits: Mapping[str, Sequence[Utterance]]
    captions: Sequence[str]
    reference_kind: ReferenceKind | None
    captions_from: str
    left_out: tuple[LeftOut, ...] = ()
    other_rates: Mapping[str, int] = field(default_factory=dict)

    @property
    def reasons(self) -> dict[str, int]:
        """How much was left out for each reason, the most frequent first."""
        return dict(Counter(each.reason for each in self.left_out).most_common())


@dataclass(frozen=True)
class PreparationRecord:
    """What `preparation.json` tells of a prepared folder.

    Attributes:
        corpus, reference_kind, captions_from: as in `Preparation`.
        kept: utterances by split.
        hours: of speech by split.
        captions: how many.
        left_out: how much, by reason.
        other_rates: how many recordings will be resampled, by their samples per second.
    """

    corpus: str
    reference_kind: ReferenceKind | None
    captions_from: str
    kept: dict[str, int]
    hours: dict[str, float]
    captions: int
    left_out: dict[str, int]
    other_rates: dict[str, int] = field(default_factory=dict)


def write_preparation(preparation: Preparation, folder: Path) -> PreparationRecord:
    """Write a manifest a split, `captions.txt`, `left_out.jsonl` and `preparation.json`.

    The record comes last: a folder that has it is complete.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for stale in (RECORD, *(f"{split}.jsonl" for split in SPLITS)):
        (folder / stale).unlink(missing_ok=True)
    for name, utterances in preparation.splits.items():
        write_manifest(folder / f"{name}.jsonl", utterances)
    captions = [" ".join(words) for caption in preparation.captions if (words := normalise(caption))]
    write_text(folder / CAPTIONS, "".join(caption + "\n" for caption in captions))
    write_jsonl(folder / LEFT_OUT, map(asdict, preparation.left_out))
    record = PreparationRecord(
        preparation.corpus,
        preparation.reference_kind,
        preparation.captions_from,
        {name: len(utterances) for name, utterances in preparation.splits.items()},
        {name: round(sum(u.duration for u in us) / 3600, 4) for name, us in preparation.splits.items()},
        len(captions),
        preparation.reasons,
        _counted_rates(preparation),
    )
    write_json(folder / RECORD, asdict(record))
    return record


def _counted_rates(preparation: Preparation) -> dict[str, int]:
    """How many of the utterances kept have each other rate, the most frequent first."""
    ids = (utterance.id for utterances in preparation.splits.values() for utterance in utterances)
    rates = Counter(preparation.other_rates[id] for id in ids if id in preparation.other_rates)
    return {str(rate): count for rate, count in rates.most_common()}


def read_record(folder: Path) -> PreparationRecord:
    """The record of a prepared folder."""
    return PreparationRecord(**read_json(folder / RECORD))
