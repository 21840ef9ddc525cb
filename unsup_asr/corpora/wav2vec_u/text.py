"""Captions as the text that wav2vec-U learns from, unpaired.

lexicon_filtered.lst              the words and their phones
phones/lm.phones.filtered.txt     the captions as phones, with silence
phones/train.bin, .idx            the same, as fairseq maps it into memory
phones/dict.txt, dict.phn.txt     its symbols
phones/lm.phones.filtered.04.arpa its n-gram model
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lm.arpa import write_arpa
from lm.kneser_ney import estimate
from unsup_asr.corpora.wav2vec_u.binarised import write_binarised
from unsup_asr.corpora.wav2vec_u.lists import write_lines
from unsup_asr.corpora.wav2vec_u.phones import pronounce, with_silence, write_lexicon
from unsup_asr.corpora.wav2vec_u.symbols import Symbols, write_symbols
from unsup_asr.errors import InputError, UsageError

# lmplz's own discounts: so few phones leave too few counts to estimate them.
_FALLBACK = True


@dataclass
class TextConfig:
    """How captions become phones; the values are those of the published README.

    Attributes:
        silence: how probable silence is between two words.
        order: of the n-gram model, which chooses checkpoints.
        seed: of the silences.

    Raises:
        UsageError: `silence` is no probability.
    """

    silence: float = 0.25
    order: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.silence <= 1:
            raise UsageError(f"a silence of {self.silence} is no probability", remedy="choose 0 to 1")


def write_captions(captions: Sequence[Sequence[str]], config: TextConfig, folder: Path) -> Symbols:
    """Write captions as wav2vec-U's text; returns its dictionary.

    Args:
        captions: the words of each.
        config: silence and n-gram order.
        folder: gets the lexicon, and `phones/`.

    Raises:
        InputError: no caption can be pronounced.
    """
    lexicon = pronounce(word for words in captions for word in words)
    sentences = list(with_silence(captions, lexicon, config.silence, config.seed))
    if not sentences:
        raise InputError("no caption can be pronounced", remedy="give English captions")
    symbols, phones = Symbols.of(sentences), folder / "phones"
    write_lexicon(folder / "lexicon_filtered.lst", lexicon)
    for name in ("dict.txt", "dict.phn.txt"):
        write_symbols(phones / name, symbols)
    write_lines(phones / "lm.phones.filtered.txt", (" ".join(said) for said in sentences))
    model = estimate(sentences, config.order, (), _FALLBACK)
    write_arpa(model, phones / f"lm.phones.filtered.{config.order:02d}.arpa")
    write_binarised(phones, "train", sentences, symbols)
    return symbols
