"""Utterances whose recording and picture are there and readable; recordings get their durations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from unsup_asr.corpora.preparation import LeftOut
from unsup_asr.corpora.published.pictures import faults
from unsup_asr.corpora.published.recordings import probe
from unsup_asr.corpora.validation.speech import WANTED_RATE
from unsup_asr.data.manifest import Utterance


@dataclass(frozen=True)
class SoundFiles:
    """What was found of some utterances.

    Attributes:
        kept: by split, those that can be used, with the durations of their recordings.
        broken: the others.
        other_rates: samples per second by id, of those kept whose recordings will be resampled.
    """

    kept: dict[str, list[Utterance]]
    broken: list[LeftOut]
    other_rates: dict[str, int]


def with_sound_files(splits: Mapping[str, Sequence[Utterance]]) -> SoundFiles:
    """Look at the headers of all recordings and pictures.

    Args:
        splits: utterances of any duration, with or without pictures.
    """
    listed = [(name, utterance) for name, utterances in splits.items() for utterance in utterances]
    heard = probe([utterance.audio_filepath for _, utterance in listed])
    pictured = [u.image_filepath for _, u in listed if u.image_filepath is not None]
    seen = dict(zip(pictured, faults(pictured), strict=True))
    found = SoundFiles({name: [] for name in splits}, [], {})
    for (name, utterance), header in zip(listed, heard, strict=True):
        picture_fault = seen[utterance.image_filepath] if utterance.image_filepath else None
        if isinstance(header, str):
            found.broken.append(LeftOut(utterance.id, name, header, broken=True))
        elif picture_fault is not None:
            found.broken.append(LeftOut(utterance.id, name, picture_fault, broken=True))
        else:
            found.kept[name].append(replace(utterance, duration=header.duration))
            if header.rate != WANTED_RATE:
                found.other_rates[utterance.id] = header.rate
    return found
