"""How sure a search is of each word: what share of its hypotheses has it in the same place of the text."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from unsup_asr.decoding.hypothesis import Alternative

# Less probable alternatives are not told, nor more than so many.
_LEAST, _MOST = 0.001, 3


@dataclass(frozen=True)
class WordVote:
    """The probability of a word among some hypotheses, and what else they have in its place."""

    probability: float
    alternatives: tuple[Alternative, ...]


def word_votes(hypotheses: Sequence[Sequence[str]], shares: Sequence[float]) -> list[WordVote]:
    """The votes on each word of the first hypothesis.

    Args:
        hypotheses: the words of each; they are aligned with those of the first (Levenshtein).
        shares: their probabilities, which sum to one.
    """
    best = list(hypotheses[0])
    votes = [defaultdict(float, {word: shares[0]}) for word in best]
    for words, share in zip(hypotheses[1:], shares[1:], strict=True):
        for step in Levenshtein.opcodes(best, list(words)):
            if step.tag in ("equal", "replace"):
                for place, word in zip(
                    range(step.src_start, step.src_end), words[step.dest_start : step.dest_end], strict=True
                ):
                    votes[place][word] += share
    return [_vote(word, vote) for word, vote in zip(best, votes, strict=True)]


def _vote(word: str, vote: dict[str, float]) -> WordVote:
    others = sorted(((-p, other) for other, p in vote.items() if other != word and p >= _LEAST))[:_MOST]
    return WordVote(vote[word], tuple(Alternative(other, round(-p, 4)) for p, other in others))
