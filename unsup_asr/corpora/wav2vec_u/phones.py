"""Words as phones: wav2vec-U learns from unpaired text that was read aloud by a pronunciation lexicon.

That lexicon is an assumption of wav2vec-U alone, and so is that the text is of the language of the speech.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from unsup_asr.corpora.mini.engine import Engine
from unsup_asr.corpora.wav2vec_u.symbols import SILENCE
from unsup_asr.data.text import read_lines
from unsup_asr.errors import InputError
from unsup_asr.files import write_text
from unsup_asr.progress import progress

Lexicon = Mapping[str, tuple[str, ...]]

_VOICE, _RATE, _PITCH = "en-us", 175, 50
_AT_ONCE = 50
# What espeak-ng puts around a word of another language begins with this.
_FLAG = "("


def pronounce(words: Iterable[str]) -> Lexicon:
    """How espeak-ng says English words, each alone, in its own phoneme mnemonics without stress.

    Args:
        words: any; those of which nothing is heard are left out.

    Raises:
        InputError: the extra `mini` is not installed.
    """
    distinct = sorted(set(words))
    lexicon: dict[str, tuple[str, ...]] = {}
    with Engine() as engine, progress("pronouncing", len(distinct)) as report:
        for first in range(0, len(distinct), _AT_ONCE):
            some = tuple(distinct[first : first + _AT_ONCE])
            said = engine.say(some, _VOICE, _RATE, _PITCH).alone
            phones = (tuple(phone for phone in alone if not phone.startswith(_FLAG)) for alone in said)
            lexicon |= {word: heard for word, heard in zip(some, phones, strict=True) if heard}
            report(first + len(some))
    return lexicon


def with_silence(
    sentences: Iterable[Sequence[str]], lexicon: Lexicon, probability: float, seed: int
) -> Iterator[tuple[str, ...]]:
    """Sentences as phones, silence around each and here and there between words, as the published text has it.

    Args:
        sentences: words; a sentence with one that the lexicon lacks is left out.
        lexicon: the phones of each word.
        probability: of silence between two words.
        seed: of the draws.
    """
    chance = np.random.default_rng(seed)
    for words in sentences:
        if any(word not in lexicon for word in words):
            continue
        silent = chance.random(len(words)) < probability
        silent[-1] = True
        pieces = [
            (*lexicon[word], SILENCE) if after else lexicon[word]
            for word, after in zip(words, silent, strict=True)
        ]
        yield (SILENCE, *(phone for piece in pieces for phone in piece))


def write_lexicon(path: Path, lexicon: Lexicon) -> None:
    """Write `WORD, tab, PHONE PHONE …` lines, sorted, atomically."""
    write_text(path, "".join(f"{word}\t{' '.join(lexicon[word])}\n" for word in sorted(lexicon)))


def read_lexicon(path: Path) -> dict[str, tuple[str, ...]]:
    """Read a lexicon; white space parts the word from its phones.

    Raises:
        InputError: a line has no phone, or a word stands twice.
    """
    lexicon: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(read_lines(path), start=1):
        word, *phones = line.split() or [""]
        if not phones or word in lexicon:
            fault = f"{word!r} stands there twice" if word in lexicon else f"{line!r} has no phones"
            raise InputError(fault, where=f"{path}:{number}", remedy="write WORD, tab, PHONE PHONE …")
        lexicon[word] = tuple(phones)
    return lexicon
