"""How texts are brought to one form before they are compared, language by language.

What the system writes is English, and so are its references and captions, whatever the speech: they go through
the normaliser of English. Words spoken in another language, where the manifest has their times, go through that
language's own, so that one word is one word type. Manifests keep every text as it was published.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from unsup_asr.data import captions

# Soft hyphens, joiners, directions, byte-order marks: invisible, and of no meaning in Hindi and Japanese, where
# joiners only choose between shapes of the same letters.
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200c\u200d\u200e\u200f\u2060\ufeff"))
_DEVANAGARI_DIGITS = {0x0966 + digit: str(digit) for digit in range(10)}
# Variation selectors choose between shapes of the same kanji.
_VARIATIONS = dict.fromkeys((*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))

_BEFORE_HINDI = _INVISIBLE | _DEVANAGARI_DIGITS
_BEFORE_JAPANESE = _INVISIBLE | _VARIATIONS

# Kana, kanji and the signs that stand for them; a mark of voicing that composes with no kana follows its own.
_KANA = "\u3031-\u3035\u3041-\u309f\u30a0-\u30ff\u31f0-\u31ff"
_KANJI = "\u3005-\u3007\u3021-\u3029\u303b\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_JAPANESE_TOKEN = re.compile(f"[{_KANA}{_KANJI}][\u3099\u309a]*|[^{_KANA}{_KANJI}]+")


@dataclass(frozen=True)
class Normaliser:
    """A way to bring texts to one form; doing it again changes nothing.

    Attributes:
        language: code of the language it is made for.
        version: what it does, in words that change whenever other tokens come out.
        tokenise: the tokens of a text: words, or characters where a script has no spaces.
        spaced: whether the script puts spaces between words.
    """

    language: str
    version: str
    tokenise: Callable[[str], list[str]]
    spaced: bool = True

    def __call__(self, text: str) -> str:
        """The tokens, one space between each two: the form that error rates and BLEU take.

        In Japanese, where a token is a character, a word error rate of this form is a character error rate.
        """
        return " ".join(self.tokenise(text))

    def word(self, text: str) -> str:
        """One spoken word, whatever its tokens: without spaces where the script has none."""
        return (" " if self.spaced else "").join(self.tokenise(text))


def normaliser(language: str) -> Normaliser:
    """That of a language; one without its own is treated as English is.

    Args:
        language: code such as `hi`, `hin` or `hi-IN`.
    """
    return _BY_CODE.get(_without_region(language), ENGLISH)


def is_english(language: str) -> bool:
    """Whether a language code, such as `en`, `eng` or `en-GB`, is that of English."""
    return _BY_CODE.get(_without_region(language)) is ENGLISH


def _without_region(language: str) -> str:
    return re.split("[-_]", language.lower())[0]


def _hindi(text: str) -> list[str]:
    """Words. One form of nukta, and danda as punctuation, come with what is done to English."""
    return captions.normalise(text.translate(_BEFORE_HINDI))


def _japanese(text: str) -> list[str]:
    """Kana and kanji one by one; runs of other letters and digits whole."""
    words = captions.normalise(text.translate(_BEFORE_JAPANESE))
    tokens = (token.strip("'") for word in words for token in _JAPANESE_TOKEN.findall(word))
    return [token for token in tokens if token]


ENGLISH = Normaliser(
    "en",
    "NFKC, lower case, no punctuation (unsup_asr.data.captions.normalise)",
    captions.normalise,
)
HINDI = Normaliser(
    "hi",
    "NFKC, lower case, no punctuation nor danda, nukta in one form, Devanagari digits as 0–9, "
    "no zero-width joiners (unsup_asr.data.normalisers: hi, 1)",
    _hindi,
)
JAPANESE = Normaliser(
    "ja",
    "NFKC (kana full width, letters and digits half width), lower case, no punctuation, no spaces, "
    "a token a kana or kanji (unsup_asr.data.normalisers: ja, 1)",
    _japanese,
    spaced=False,
)
_BY_CODE = {"en": ENGLISH, "eng": ENGLISH, "hi": HINDI, "hin": HINDI, "ja": JAPANESE, "jpn": JAPANESE}
