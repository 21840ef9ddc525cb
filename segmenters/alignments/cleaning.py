"""From an aligner's entries to words: silences and unknown words out, impossible times reported."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from segmenters.alignments.alignment import AlignedWord, Alignment, Reason, Remark

# Aligners and headers round differently: times may be off by this many seconds before it is worth a remark.
_ROUNDING = 0.01


@dataclass(frozen=True, slots=True)
class Labels:
    """Which labels of an aligner are no words; they count in upper and in lower case.

    Attributes:
        silences: pauses, as the Montreal Forced Aligner, Kaldi and LibriSpeech's alignments write them.
        unknowns: noise, and words that the aligner's dictionary lacks.
        keep_unknown: count the latter as words: something was spoken there.
    """

    silences: frozenset[str] = frozenset({"", "sil", "sp", "<sil>", "<eps>"})
    unknowns: frozenset[str] = frozenset({"<unk>", "spn", "<spn>", "<spoken_noise>", "[unk]"})
    keep_unknown: bool = False

    def reason(self, label: str) -> Reason | None:
        """Why a label is no word; None if it is one."""
        label = label.strip().lower()
        if label in self.silences:
            return Reason.SILENCE
        return Reason.UNKNOWN if label in self.unknowns and not self.keep_unknown else None


DEFAULT_LABELS = Labels()


def clean(
    id: str,
    entries: Iterable[AlignedWord],
    duration: float | None = None,
    labels: Labels = DEFAULT_LABELS,
    remarks: Iterable[Remark] = (),
) -> Alignment:
    """The words among an aligner's entries, in order of their starts, with a remark on everything else.

    Entries that are no words, or have impossible times, are left out. Words that overrun the utterance are
    cut; those that overlap stay as they are, for running speech does.

    Args:
        id: the utterance.
        entries: in the order of the file.
        duration: of the utterance in seconds, if it is known.
        labels: which of the entries are no words.
        remarks: what the reader of the format has to say already.
    """
    remarks, words = list(remarks), list[AlignedWord]()
    for entry in entries:
        reason = labels.reason(entry.word) or _impossible(entry, duration)
        if reason is None:
            words.append(entry)
        else:
            remarks.append(_remark(reason, entry))
    words, disorder = _in_order(words)
    words, trimmed = _within(words, duration)
    return Alignment(id, tuple(words), duration, (*remarks, *disorder, *trimmed, *_overlaps(words)))


def _impossible(entry: AlignedWord, duration: float | None) -> Reason | None:
    # Written so that NaN fails.
    if not (0 <= entry.start < entry.end < math.inf):
        return Reason.IMPOSSIBLE
    return Reason.OUTSIDE if duration is not None and entry.start >= duration else None


def _in_order(words: list[AlignedWord]) -> tuple[list[AlignedWord], list[Remark]]:
    latest, remarks = 0.0, []
    for word in words:
        if word.start < latest:
            remarks.append(_remark(Reason.DISORDER, word))
        latest = max(latest, word.start)
    return sorted(words, key=lambda word: word.start), remarks


def _within(words: list[AlignedWord], duration: float | None) -> tuple[list[AlignedWord], list[Remark]]:
    if duration is None:
        return words, []
    over = [_remark(Reason.TRIMMED, word) for word in words if word.end > duration + _ROUNDING]
    return [AlignedWord(word.word, word.start, min(word.end, duration)) for word in words], over


def _overlaps(words: list[AlignedWord]) -> list[Remark]:
    latest, remarks = 0.0, []
    for word in words:
        if word.start < latest - _ROUNDING:
            remarks.append(_remark(Reason.OVERLAP, word))
        latest = max(latest, word.end)
    return remarks


def _remark(reason: Reason, entry: AlignedWord) -> Remark:
    return Remark(reason, f"{entry.word} {entry.start:g}–{entry.end:g} s".strip())
