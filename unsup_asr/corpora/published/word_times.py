"""Words with their times for utterances, from alignments that somebody else made."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from segmenters.alignments.alignment import AlignedWord, Alignment, Reason
from segmenters.alignments.cleaning import clean
from unsup_asr.corpora.preparation import LeftOut
from unsup_asr.data.manifest import Utterance, Word

_LEFT_OUT = (Reason.MALFORMED, Reason.IMPOSSIBLE, Reason.OUTSIDE)


def with_word_times(
    splits: Mapping[str, Sequence[Utterance]], alignments: Mapping[str, Alignment]
) -> tuple[dict[str, list[Utterance]], list[LeftOut]]:
    """Give utterances their words, cut to the length of the recording.

    Args:
        splits: utterances of known duration.
        alignments: by the utterance's id; those of other utterances are passed over.

    Returns:
        All the utterances, and an account of those that have no words, and of the words left out.
    """
    timed: dict[str, list[Utterance]] = {name: [] for name in splits}
    account: list[LeftOut] = []
    for name, utterances in splits.items():
        for utterance in utterances:
            alignment = _fitted(alignments.get(utterance.id), utterance)
            words = tuple(_word(word) for word in alignment.words)
            timed[name].append(replace(utterance, words=words))
            account += _remarks(alignment, name)
    return timed, account


def _fitted(alignment: Alignment | None, utterance: Utterance) -> Alignment:
    if alignment is None:
        return Alignment(utterance.id, ())
    return clean(utterance.id, alignment.words, utterance.duration, remarks=alignment.remarks)


def _word(word: AlignedWord) -> Word:
    return Word(word.word, word.start, word.end)


def _remarks(alignment: Alignment, split: str) -> list[LeftOut]:
    """What is missing of an utterance's words, though the utterance stays."""
    reasons = [f"word: {each.reason}" for each in alignment.remarks if each.reason in _LEFT_OUT]
    reasons += [] if alignment.words else ["word times are missing"]
    return [LeftOut(alignment.id, split, reason, broken=False) for reason in reasons]
