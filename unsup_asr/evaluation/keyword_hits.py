"""How many keywords are words of the caption: as published, and as one would want it.

As published (atosystem/SpeechCLIP), a keyword hits when *any* of its nearest tokens occurs *anywhere* in the
caption, function words and pieces of words included. So eight keywords that say "a" all hit.

Here a keyword is right when its *best* token is a content word, whole, that is spoken where the keyword was
heard; anywhere in the caption, where places or word times are not known. What is found by chance, the keywords of
other pictures' utterances find as well. Rates are percent.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from unsup_asr.data.captions import normalise
from unsup_asr.data.manifest import Utterance
from unsup_asr.data.vocabulary import caption_pieces
from unsup_asr.errors import InputError
from unsup_asr.evaluation.content import content_words
from unsup_asr.evaluation.keywords import Detokenised, DetokenisedKeyword, Place
from unsup_asr.files import read_json, write_json

# Other utterances whose keywords each caption is compared to.
_OTHERS = 5


@dataclass(frozen=True, slots=True)
class KeywordHits:
    """Hit rates of the keywords of a test set.

    Attributes:
        by_position: the published rate of the first, second, … keyword.
        published: of all keywords; with as many in each utterance, the mean over positions.
        published_chance: the same of other pictures' keywords; None where all utterances describe one picture.
        right: share of the keywords whose best token is a content word spoken there.
        right_chance: as `published_chance`.
        recall: share of each caption's different content words that are some keyword's best token.
        placed: share of the keywords that were judged by their place.
        neighbours: tokens of each keyword that the published rate looks at.
        best_tokens: how many different best tokens all keywords have; few of them tell a collapse.
        keywords, utterances: how many there are.
    """

    by_position: tuple[float, ...]
    published: float
    published_chance: float | None
    right: float
    right_chance: float | None
    recall: float | None
    placed: float
    neighbours: int
    best_tokens: int
    keywords: int
    utterances: int


@dataclass(frozen=True, slots=True)
class _Said:
    """A caption: all its pieces; its content words, None for one of several pieces; those with times."""

    pieces: frozenset[str]
    content: dict[str, str | None]
    spoken: tuple[tuple[str, Place], ...] | None

    def has_any(self, keyword: DetokenisedKeyword, _: Place | None) -> bool:
        """The published hit."""
        return any(neighbour.token in self.pieces for neighbour in keyword.neighbours)

    def has_there(self, keyword: DetokenisedKeyword, place: Place | None) -> bool:
        """Whether the keyword's best token is right."""
        best = keyword.neighbours[0].token
        if self.spoken is None or place is None:
            return best in self.content.values()
        return any(
            token == best and word.start <= place.end and word.end >= place.start
            for token, word in self.spoken
        )


_Hit = Callable[[_Said, DetokenisedKeyword, Place | None], bool]


def keyword_hits(
    detokenised: Sequence[Detokenised], utterances: Sequence[Utterance], tokenizer: Any
) -> KeywordHits | None:
    """Hit rates over the utterances whose caption is known; None where none of these has a keyword.

    Args:
        detokenised: what was found, each with its caption.
        utterances: the same utterances; they tell pictures apart, and say when words are spoken.
        tokenizer: CLIP's.

    Raises:
        InputError: the utterances are others.
    """
    if [row.id for row in detokenised] != [utterance.id for utterance in utterances]:
        raise InputError(
            "keywords and utterances differ", where="keywords", remedy="give the same utterances"
        )
    known = [pair for pair in zip(detokenised, utterances, strict=True) if normalise(pair[0].gold)]
    detokenised, utterances = [row for row, _ in known], [utterance for _, utterance in known]
    captions = _captions(detokenised, utterances, tokenizer)
    own = [
        (c, keyword, keyword.place)
        for row, c in zip(detokenised, captions, strict=True)
        for keyword in row.keywords
    ]
    if not own:
        return None
    others = list(_exchanged(detokenised, captions, [utterance.picture for utterance in utterances]))
    return KeywordHits(
        by_position=_by_position(detokenised, captions),
        published=_share(_Said.has_any, own),
        published_chance=_share(_Said.has_any, others) if others else None,
        right=_share(_Said.has_there, own),
        right_chance=_share(_Said.has_there, others) if others else None,
        recall=_recall(detokenised, captions),
        placed=100 * sum(c.spoken is not None and place is not None for c, _, place in own) / len(own),
        neighbours=max(len(keyword.neighbours) for _, keyword, _ in own),
        best_tokens=len({keyword.neighbours[0].token for _, keyword, _ in own}),
        keywords=len(own),
        utterances=len(detokenised),
    )


def write_hits(path: Path, hits: KeywordHits | None) -> None:
    """Write `hits.json`; nothing where there are none."""
    if hits is not None:
        write_json(path, asdict(hits))


def read_hits(path: Path) -> KeywordHits:
    """Read what `write_hits` wrote.

    Raises:
        InputError: the file is missing or holds something else.
    """
    try:
        row = read_json(path)
        return KeywordHits(**{**row, "by_position": tuple(row["by_position"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        fault = f"holds no keyword hits: {error}"
        raise InputError(fault, where=path, remedy="evaluate the run again") from error


def _captions(
    detokenised: Sequence[Detokenised], utterances: Sequence[Utterance], tokenizer: Any
) -> list[_Said]:
    @cache
    def whole(word: str) -> str | None:
        """The piece that a word is, unless it has several."""
        pieces = caption_pieces([[word]], tokenizer)[0]
        return pieces[0] if len(pieces) == 1 else None

    captions = []
    for row, utterance in zip(detokenised, utterances, strict=True):
        pieces = frozenset(tokenizer.decoder[id] for id in tokenizer.encode(row.gold))
        content = {word: whole(word) for word in sorted(content_words(normalise(row.gold)))}
        spoken = [
            (piece, Place(timed.start, timed.end))
            for timed in utterance.words
            for word in normalise(timed.word)
            if (piece := content.get(word)) is not None
        ]
        # The word times of a translated utterance are those of another language.
        known = bool(utterance.words) and not utterance.translations
        captions.append(_Said(pieces, content, tuple(spoken) if known else None))
    return captions


def _exchanged(
    detokenised: Sequence[Detokenised], captions: Sequence[_Said], pictures: Sequence[str]
) -> Iterator[tuple[_Said, DetokenisedKeyword, Place | None]]:
    """Each caption and place with the keywords of some utterances of other pictures."""
    drawn = np.random.default_rng(0).integers(len(detokenised), size=(len(detokenised), _OTHERS)).tolist()
    for n, (row, caption) in enumerate(zip(detokenised, captions, strict=True)):
        for other in (detokenised[m] for m in drawn[n] if pictures[m] != pictures[n]):
            for k, keyword in enumerate(row.keywords if other.keywords else ()):
                yield caption, other.keywords[k % len(other.keywords)], keyword.place


def _share(hit: _Hit, cases: Sequence[tuple[_Said, DetokenisedKeyword, Place | None]]) -> float:
    return 100 * sum(hit(*case) for case in cases) / len(cases)


def _by_position(detokenised: Sequence[Detokenised], captions: Sequence[_Said]) -> tuple[float, ...]:
    hits: dict[int, list[bool]] = defaultdict(list)
    for row, caption in zip(detokenised, captions, strict=True):
        for k, keyword in enumerate(row.keywords):
            hits[k].append(caption.has_any(keyword, None))
    return tuple(100 * sum(hits[k]) / len(hits[k]) for k in range(len(hits)))


def _recall(detokenised: Sequence[Detokenised], captions: Sequence[_Said]) -> float | None:
    found, said = 0, 0
    for row, caption in zip(detokenised, captions, strict=True):
        best = {keyword.neighbours[0].token for keyword in row.keywords}
        found += sum(piece in best for piece in caption.content.values())
        said += len(caption.content)
    return 100 * found / said if said else None
