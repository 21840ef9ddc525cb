"""What a recogniser without segments writes words with: units that the captions alone decide.

Two kinds. The BPE pieces of CLIP that the vocabulary's words consist of, which mark where a word ends
(`dog</w>`); and SentencePiece units (a unigram model, Kudo 2018) of the captions, which mark where one begins
(`▁dog`). Units are numbered from 0; the blank is CTC's and none of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from pathlib import Path

from unsup_asr.data.vocabulary import WORD_END, Vocabulary, spelled
from unsup_asr.errors import InputError, UsageError
from unsup_asr.files import read_json, write_json

CLIP_PIECES, SENTENCEPIECE = "clip_pieces", "sentencepiece"
KINDS = (CLIP_PIECES, SENTENCEPIECE)
_WORD_BEGIN = "▁"
# Beside the characters, which every model of SentencePiece has.
_LEAST_PIECES = 8


@dataclass(frozen=True, slots=True)
class WrittenWord:
    """A word that stands in a sequence of units, from place `first` up to but without `last`."""

    word: str
    first: int
    last: int


@dataclass(frozen=True)
class OutputUnits:
    """Units, and how words are written with them.

    Attributes:
        kind: `clip_pieces` or `sentencepiece`.
        tokens: the units in order, as the n-gram model over them knows them.
        spellings: the units of each word that can be written.
    """

    kind: str
    tokens: tuple[str, ...]
    spellings: Mapping[str, tuple[int, ...]]

    def __len__(self) -> int:
        return len(self.tokens)

    def encode(self, words: Iterable[str]) -> list[int]:
        """The units of words, one after the other.

        Raises:
            InputError: a word is not in the vocabulary.
        """
        try:
            return [unit for word in words for unit in self.spellings[word]]
        except KeyError as error:
            fault = f"the word {error} is none of the {len(self.spellings)} that can be written"
            raise InputError(fault, where="output units") from error

    def words(self, units: Sequence[int]) -> list[WrittenWord]:
        """The words that a sequence of units reads as; the last one may lack its end."""
        tokens = [self.tokens[unit] for unit in units]
        firsts = [place for place in range(len(tokens)) if self._begins(tokens, place)]
        bounds = pairwise([*firsts, len(tokens)])
        read = (WrittenWord(self._read(tokens[first:last]), first, last) for first, last in bounds)
        return [word for word in read if word.word]

    def write(self, path: Path) -> None:
        """Write `units.json`."""
        write_json(path, {"kind": self.kind, "tokens": self.tokens, "spellings": self.spellings})

    @classmethod
    def read(cls, path: Path) -> "OutputUnits":
        """Read `units.json`."""
        values = read_json(path)
        spellings = {word: tuple(units) for word, units in values["spellings"].items()}
        return cls(values["kind"], tuple(values["tokens"]), spellings)

    def _begins(self, tokens: Sequence[str], place: int) -> bool:
        """Whether a word begins at a place."""
        if self.kind == CLIP_PIECES:
            return place == 0 or tokens[place - 1].endswith(WORD_END)
        return place == 0 or tokens[place].startswith(_WORD_BEGIN)

    def _read(self, tokens: Sequence[str]) -> str:
        return spelled(tokens) if self.kind == CLIP_PIECES else "".join(tokens).removeprefix(_WORD_BEGIN)


def output_units(
    kind: str, vocabulary: Vocabulary, captions: Sequence[Sequence[str]], size: int
) -> OutputUnits:
    """The units of a kind.

    Args:
        kind: `clip_pieces` or `sentencepiece`.
        vocabulary: the words that CLIP's pieces can write; SentencePiece units write all words of the captions.
        captions: normalised, as words; SentencePiece learns from them.
        size: how many units SentencePiece is to find; fewer where the captions do not yield so many, more
            where they have more characters.

    Raises:
        UsageError: there is no such kind.
    """
    if kind == CLIP_PIECES:
        spellings = {entry.word: entry.pieces for entry in vocabulary.entries[1:]}
    elif kind == SENTENCEPIECE:
        spellings = _sentence_pieces(captions, size)
    else:
        raise UsageError(
            f"there are no units {kind!r}", where="student.units", remedy=f"choose from {', '.join(KINDS)}"
        )
    tokens = tuple(dict.fromkeys(token for spelling in spellings.values() for token in spelling))
    number = {token: unit for unit, token in enumerate(tokens)}
    return OutputUnits(kind, tokens, {w: tuple(number[t] for t in spelt) for w, spelt in spellings.items()})


def _sentence_pieces(captions: Sequence[Sequence[str]], size: int) -> dict[str, tuple[str, ...]]:
    """How a SentencePiece model of the captions writes their words, in the order of the alphabet."""
    import sentencepiece

    sentences = [" ".join(caption) for caption in captions]
    characters = len(set("".join(sentences)))
    model = BytesIO()
    # On one thread, since sums of several come in an order of chance.
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences),
        model_writer=model,
        model_type="unigram",
        vocab_size=max(size, characters + _LEAST_PIECES),
        hard_vocab_limit=False,
        character_coverage=1.0,
        normalization_rule_name="identity",
        bos_id=-1,
        eos_id=-1,
        num_threads=1,
        minloglevel=2,
    )
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    words = sorted({word for caption in captions for word in caption})
    return {word: tuple(processor.encode(word, out_type=str)) for word in words}
