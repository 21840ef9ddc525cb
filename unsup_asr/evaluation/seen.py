"""How much of the test set the captions hold word for word, and how much easier that part is."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from unsup_asr.evaluation.recognition import wer


@dataclass(frozen=True, slots=True)
class SeenInCaptions:
    """Percent of the test sentences that occur in the captions, and WER of those and of the others."""

    share: float
    wer_seen: float | None
    wer_unseen: float | None


def seen_in_captions(
    references: Sequence[str], hypotheses: Sequence[str], captions: Set[str]
) -> SeenInCaptions | None:
    """Split the test set by whether the captions hold the reference; None where there is no utterance."""
    if not references:
        return None
    pairs = list(zip(references, hypotheses, strict=True))
    seen = [pair for pair in pairs if pair[0] in captions]
    unseen = [pair for pair in pairs if pair[0] not in captions]
    return SeenInCaptions(100 * len(seen) / len(pairs), _wer(seen), _wer(unseen))


def _wer(pairs: list[tuple[str, str]]) -> float | None:
    return wer([reference for reference, _ in pairs], [hypothesis for _, hypothesis in pairs])
