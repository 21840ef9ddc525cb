"""The synthetic speakers: who speaks which language, in which split."""

from dataclasses import dataclass

from unsup_asr.errors import InputError

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Voice:
    """One speaker.

    Attributes:
        name: unique among all voices.
        language: code of the language spoken, such as `en`.
        accent: espeak-ng's language: `en-us`, or `en` for British English.
        variant: espeak-ng's speaker (pitch, formants, breath), such as `m3`.
    """

    name: str
    language: str
    accent: str
    variant: str


# Speakers who have no accent of their own.
_ANYWHERE = {
    "train": (
        *("m1", "m3", "m4", "m5", "m7", "Alex", "Michael", "Reed", "f1", "f2", "f4", "Annie", "belinda"),
        *("grandma", "boris", "aunty"),
    ),
    "validation": ("m6", "Mario", "f3", "Alicia"),
    "test": ("m2", "adam", "f5", "linda"),
}


def _speaking(accent: str) -> dict[str, tuple[str, ...]]:
    return {split: tuple(f"{accent}+{name}" for name in names) for split, names in _ANYWHERE.items()}


# Pitch and spectral balance of each split spread alike: low and high, dull and bright.
_SPEAKERS = {
    "en": {
        "train": (
            *("en-us+m1", "en-us+m3", "en-us+m4", "en-us+m5", "en-us+m7", "en-us+Alex", "en-us+Michael"),
            *("en-us+Reed", "en-us+f1", "en-us+f2", "en-us+f4", "en-us+Annie", "en-us+belinda"),
            *("en-us+grandma", "en+boris", "en+aunty"),
        ),
        "validation": ("en-us+m6", "en-us+Mario", "en-us+f3", "en-us+Alicia"),
        "test": ("en-us+m2", "en-us+adam", "en-us+f5", "en-us+linda"),
    },
    "hi": _speaking("hi"),
    "ja": _speaking("ja"),
}


def voices(language: str, split: str) -> tuple[Voice, ...]:
    """The speakers of one split; no two splits share one.

    Args:
        language: `en`, `hi` or `ja`.
        split: `train`, `validation` or `test`.

    Raises:
        InputError: there are no voices for that language, or no such split.
    """
    if language not in _SPEAKERS:
        raise InputError(
            f"no synthetic voices speak {language!r}", remedy=f"choose from {', '.join(_SPEAKERS)}"
        )
    if split not in SPLITS:
        raise InputError(f"there is no split {split!r}", remedy=f"choose from {', '.join(SPLITS)}")
    return tuple(_voice(language, speaker) for speaker in _SPEAKERS[language][split])


def _voice(language: str, speaker: str) -> Voice:
    accent, variant = speaker.split("+")
    return Voice(name=f"{accent}-{variant}".lower(), language=language, accent=accent, variant=variant)
