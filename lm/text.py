"""Text as word ids."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lm.errors import LanguageModelError

UNK, BOS, EOS = 0, 1, 2
SPECIAL = ("<unk>", "<s>", "</s>")
CHUNK = 1 << 17  # words held as Python objects at a time


@dataclass(frozen=True)
class EncodedText:
    """Sentences as one array of word ids.

    Args:
        ids: [T] int32, every sentence as `<s> w … </s>`, one after the other.
        vocabulary: word of each id: `<unk>`, `<s>`, `</s>`, then in order of first appearance.
    """

    ids: np.ndarray
    vocabulary: list[str]

    def lines(self) -> Iterator[bytes]:
        """The text again, UTF-8, some of it at a time; a line a sentence, words between spaces."""
        spelled = [*self.vocabulary]
        spelled[BOS], spelled[EOS] = "", "\n"
        for begin in range(0, len(self.ids), CHUNK):
            words = map(spelled.__getitem__, self.ids[begin : begin + CHUNK].tolist())
            yield (" " + " ".join(words)).encode()


class _Vocabulary(dict[str, int]):
    """Gives a word the next id when first asked for it."""

    def __missing__(self, word: str) -> int:
        self[word] = len(self)
        return len(self) - 1


def encode(sentences: Iterable[Sequence[str]]) -> EncodedText:
    """Give every word an id, in order of first appearance.

    Args:
        sentences: each a sequence of words, read once; an empty one counts as `<s> </s>`.

    Raises:
        LanguageModelError: no sentence has a word, or a word cannot stand in an ARPA file.
    """
    vocabulary = _Vocabulary({word: index for index, word in enumerate(SPECIAL)})
    flat = array("i")
    for sentence in sentences:
        flat.append(BOS)
        flat.extend(map(vocabulary.__getitem__, sentence))
        flat.append(EOS)
    ids = np.frombuffer(flat, dtype=np.int32) if flat else np.zeros(0, dtype=np.int32)
    return _checked(EncodedText(ids, list(vocabulary)))


def encode_ids(ids: np.ndarray, lengths: np.ndarray, words: Sequence[str]) -> EncodedText:
    """Sentences of token ids, numbered anew in order of first appearance: the same as `encode` of their words.

    Args:
        ids: [W] the tokens of all sentences, one sentence after the other, as places in `words`.
        lengths: [S] tokens of each sentence.
        words: the vocabulary, each word once.

    Raises:
        LanguageModelError: lengths that do not add up, an id without a word, or what `encode` refuses.
    """
    if lengths.sum() != len(ids) or (lengths < 0).any():
        raise LanguageModelError(
            f"the lengths add up to {lengths.sum()}, but there are {len(ids)} ids",
            remedy="give the number of tokens of every sentence",
        )
    foreign = (ids < 0) | (ids >= len(words))
    if foreign.any():
        place = int(np.argmax(foreign))
        raise LanguageModelError(
            f"the id {ids[place]} is not one of the vocabulary's {len(words)}",
            where=f"sentence {int(np.searchsorted(np.cumsum(lengths), place, side='right')) + 1}",
            remedy="give the vocabulary that the text was encoded with",
        )
    used, first, inverse = np.unique(ids, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    vocabulary = [*SPECIAL, *(words[place] for place in used[np.argsort(first)])]
    if len(set(vocabulary)) < len(vocabulary):
        raise LanguageModelError(
            "a word of the vocabulary stands there twice, or is one of <s>, </s>, <unk>",
            remedy="give every word once: sentence ends are added here",
        )
    starts = np.cumsum(lengths + 2) - (lengths + 2)
    laid = np.full(len(ids) + 2 * len(lengths), UNK, dtype=np.int32)
    laid[starts], laid[starts + lengths + 1] = BOS, EOS
    laid[laid == UNK] = rank[inverse] + len(SPECIAL)
    return _checked(EncodedText(laid, vocabulary))


def _checked(text: EncodedText) -> EncodedText:
    if not (text.ids > EOS).any():
        raise LanguageModelError("the text has no words", remedy="give at least one sentence with a word")
    _check_words(text.vocabulary, text.ids)
    return text


def _check_words(words: list[str], ids: np.ndarray) -> None:
    for index, word in enumerate(words):
        # Bytes, because ARPA readers split at ASCII white space only: U+3000 may stand inside a word.
        if len(word.encode().replace(b"\0", b" ").split()) != 1 or word.encode().split()[0] != word.encode():
            raise LanguageModelError(
                f"the word {word!r} is empty or has white space in it",
                where=f"sentence {_sentence_of(ids, index)}",
                remedy="split the text into words at white space",
            )
    begins = np.flatnonzero(ids == BOS)
    ends = np.flatnonzero(ids == EOS)
    stray = np.flatnonzero(ids == UNK)
    if len(begins) != len(ends) or (begins[1:] != ends[:-1] + 1).any() or len(stray):
        raise LanguageModelError(
            "the text has one of the reserved words <s>, </s>, <unk>",
            where=f"sentence {_first_reserved(ids)}",
            remedy="remove it: sentence ends are added here",
        )


def _sentence_of(ids: np.ndarray, word: int) -> int:
    """Number, from 1, of the first sentence with this word."""
    return int((ids[: int(np.argmax(ids == word)) + 1] == BOS).sum())


def _first_reserved(ids: np.ndarray) -> int:
    """Number, from 1, of the first sentence with a reserved word inside."""
    before = np.concatenate([[EOS], ids[:-1]])
    after = np.concatenate([ids[1:], [BOS]])
    proper = ((ids == BOS) & (before == EOS)) | ((ids == EOS) & (after == BOS)) | (ids > EOS)
    return int(((ids == BOS) & (before == EOS))[: int(np.argmin(proper)) + 1].sum())
