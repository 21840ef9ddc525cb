"""Grammars as files: what is in them, and where they are broken."""

import re
from pathlib import Path

import pytest

from unsup_asr.corpora.mini.languages.grammar import CONCEPTS
from unsup_asr.corpora.mini.languages.reading import (
    FOLDER,
    grammar,
    grammar_text,
    languages,
    read_grammar,
)
from unsup_asr.corpora.mini.speech import is_plain
from unsup_asr.errors import InputError

LANGUAGES = ("hi", "ja")


def test_there_are_hindi_and_japanese() -> None:
    assert languages() == LANGUAGES
    assert [grammar(language).language for language in LANGUAGES] == list(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_concept_has_a_word(language: str) -> None:
    words = grammar(language).words
    assert {kind: set(words[kind]) for kind in CONCEPTS} == {kind: set(all) for kind, all in CONCEPTS.items()}
    nouns = [choice for choices in words["noun"].values() for choice in choices]
    assert all(choice.belongs for choice in nouns)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_can_be_spoken_and_is_of_the_language(language: str) -> None:
    found = grammar(language)
    choices = [choice for table in found.words.values() for each in table.values() for choice in each]
    choices += [choice for rule in found.rules.values() for choice in rule]
    parts = {part for choice in choices for form in choice.forms for part in form.parts}
    words = {part for part in parts if isinstance(part, str)} | set(found.spoken.values())
    letters = {"hi": "[\u0900-\u097f]+", "ja": "[\u3041-\u309f\u30a1-\u30ff]+"}[language]
    assert len(words) > 150
    assert not [word for word in words if not re.fullmatch(letters, word) or not is_plain(word)]
    assert set(found.spoken) <= words


def _broken(tmp_path: Path, old: str, new: str) -> tuple[Path, int]:
    """The Hindi file with one thing changed, and the line of it."""
    text = (FOLDER / "hi.yaml").read_text()
    assert text.count(old) == 1, old
    file = tmp_path / "xx.yaml"
    file.write_text(text.replace(old, new))
    return file, text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("    red: लाल\n", "", r"concept 'red' is missing"),
        ("    red: लाल\n", "    crimson: लाल\n    red: लाल\n", r"'crimson' is no colour of the mini world"),
        ("    red: लाल\n", "    red: लाल\n    red: सुर्ख़\n", r"'red' stands here a second time"),
        ("{one: है, say: हैं}", "{single: है, say: हैं}", r"'single' is no feature"),
        ("{one: है, say: हैं}", "{weight: 2}", r"says nothing"),
        ("{one: है, say: हैं}", "{weight: -1, say: है}", r"'-1' is no number above 0"),
        ("{one: है, say: हैं}", "{one: [है], say: हैं}", r"a text is wanted"),
        ("{one: है, say: हैं}", "'{हैं'", r"a single '\{'"),
        ("{one: है, say: हैं}", "'{colors}'", r"\{colors\} is no word table, nor a rule below this one"),
        ("{one: है, say: हैं}", "'{predicate}'", r"\{predicate\} is no word table, nor a rule below"),
        ("{one: है, say: हैं}", "'{}'", r"\{\} is no word table"),
        ("{one: है, say: हैं}", "'{group first second}'", r"speaks of first and second"),
        ("  size:\n", "  hue:\n    red: लाल\n  size:\n", r"'hue' is of no kind of fact"),
        ("shortest: 3\n", "", r"section 'shortest' is missing"),
        ("shortest: 3\n", "shortest: three\n", r"'three' is no number above 0"),
        ("shortest: 3\n", "shortest: 3\ntallest: 3\n", r"'tallest' is no section"),
        ("  sentence:\n", "  phrase:\n", r"rule 'sentence' is missing"),
        ("spoken: {", "spoken: {{", r"not valid YAML"),
        ("spoken: {", "spoken: 3 # {", r"`key: value` pairs are wanted"),
    ],
)
def test_faults_name_file_and_line(old: str, new: str, fault: str, tmp_path: Path) -> None:
    file, _ = _broken(tmp_path, old, new)
    with pytest.raises(InputError, match=rf"xx\.yaml:\d+: .*{fault}") as error:
        read_grammar(file)
    assert error.value.remedy


def test_the_line_is_that_of_the_fault(tmp_path: Path) -> None:
    file, line = _broken(tmp_path, "{one: है, say: हैं}", "{single: है, say: हैं}")
    with pytest.raises(InputError, match=rf"xx\.yaml:{line}: "):
        read_grammar(file)


def test_an_empty_file_and_an_unknown_language_are_refused(tmp_path: Path) -> None:
    (tmp_path / "xx.yaml").write_text("# nothing\n")
    with pytest.raises(InputError, match=r"xx\.yaml: holds nothing"):
        read_grammar(tmp_path / "xx.yaml")
    for of_language in (grammar, grammar_text):
        with pytest.raises(InputError, match=r"no mini descriptions in 'xx' \(choose from en, hi, ja\)"):
            of_language("xx")


def test_comments_change_nothing_and_words_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (FOLDER / "ja.yaml").read_text()
    before = grammar_text("ja")
    monkeypatch.setattr("unsup_asr.corpora.mini.languages.reading.FOLDER", tmp_path)
    (tmp_path / "ja.yaml").write_text(f"# corrected\n{text}")
    assert grammar_text("ja") == before
    (tmp_path / "ja.yaml").write_text(text.replace("say: いぬ", "say: けん"))
    assert grammar_text("ja") != before
    forms = "{animate: いる, thing: ある}"
    (tmp_path / "ja.yaml").write_text(text.replace("[とびはねて, ジャンプして]", forms))
    one = grammar_text("ja")
    swapped = "{thing: ある, animate: いる}"
    (tmp_path / "ja.yaml").write_text(text.replace("[とびはねて, ジャンプして]", swapped))
    assert grammar_text("ja") != one, "the order of forms counts"
