"""What the output is compared with: English, and nothing else."""

from pathlib import Path

import pytest

from unsup_asr.data.manifest import Utterance
from unsup_asr.data.references import english_references

HINDI = "एक कुत्ता"


@pytest.mark.parametrize(
    ("lang", "text", "translations", "expected"),
    [
        ("en", "A dog.", (), ("A dog.",)),
        ("en-GB", "A dog.", (), ("A dog.",)),
        ("eng", "A dog.", (), ("A dog.",)),
        ("en", "A dog.", ("one dog", "the dog"), ("one dog", "the dog")),
        ("hi", HINDI, ("one dog", "the dog"), ("one dog", "the dog")),
        ("hi", HINDI, (), ()),
        ("sw", "mbwa", (), ()),
        ("en", None, (), ()),
        ("en", " – !", (), ()),
        ("hi", HINDI, ("?", "a dog"), ("a dog",)),
    ],
)
def test_references_are_translations_or_english_speech(lang, text, translations, expected):
    utterance = Utterance("u", Path("u.wav"), 1.0, lang, text=text, translations=translations)
    assert english_references(utterance) == expected
