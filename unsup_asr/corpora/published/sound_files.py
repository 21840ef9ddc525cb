"""Utterances whose recording and picture are there and readable; recordings get their durations."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from unsup_asr.corpora.preparation import LeftOut
from unsup_asr.corpora.published.pictures import faults
from unsup_asr.corpora.published.recordings import probe
from unsup_asr.data.manifest import Utterance


def with_sound_files(
    splits: Mapping[str, Sequence[Utterance]],
) -> tuple[dict[str, list[Utterance]], list[LeftOut]]:
    """Look at the headers of all recordings and pictures.

    Args:
        splits: utterances of any duration, with or without pictures.

    Returns:
        Those that can be used, with the durations of their recordings, and the others, as broken.
    """
    listed = [(name, utterance) for name, utterances in splits.items() for utterance in utterances]
    heard = probe([utterance.audio_filepath for _, utterance in listed])
    pictured = [u.image_filepath for _, u in listed if u.image_filepath is not None]
    seen = dict(zip(pictured, faults(pictured), strict=True))
    kept: dict[str, list[Utterance]] = {name: [] for name in splits}
    broken: list[LeftOut] = []
    for (name, utterance), duration in zip(listed, heard, strict=True):
        picture_fault = seen[utterance.image_filepath] if utterance.image_filepath else None
        if isinstance(duration, str):
            broken.append(LeftOut(utterance.id, name, duration, broken=True))
        elif picture_fault is not None:
            broken.append(LeftOut(utterance.id, name, picture_fault, broken=True))
        else:
            kept[name].append(replace(utterance, duration=duration))
    return kept, broken
