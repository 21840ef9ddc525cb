"""Reading a grammar, with every fault named by file and line."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from unsup_asr.corpora.mini import concepts
from unsup_asr.corpora.mini.languages.grammar import (
    CONCEPTS,
    FEATURES,
    HEADS,
    Choice,
    Form,
    Grammar,
    Slot,
)
from unsup_asr.corpora.mini.languages.yaml_tree import Tree
from unsup_asr.errors import InputError

FOLDER = Path(__file__).parent
_SECTIONS = ("language", "shortest", "longest", "features", "spoken", "words", "rules")
_DEFAULT, _WEIGHT, _BELONGS = "say", "weight", "is"
_SENTENCE = "sentence"
_PART = re.compile(r"(\{[^{}]*\})|([^{}\s]+)|([{}])")


def languages() -> tuple[str, ...]:
    """Codes of the languages that have a grammar here, in alphabetical order."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yaml")))


@cache
def grammar(language: str) -> Grammar:
    """The grammar of a language.

    Raises:
        InputError: there is none, or it is broken.
    """
    return read_grammar(_file(language))


def grammar_text(language: str) -> str:
    """All that the file of a language says, without its comments: equal texts, equal sentences.

    Raises:
        InputError: there is no such file.
    """
    return json.dumps(yaml.load(_file(language).read_text(encoding="utf-8"), Loader=yaml.BaseLoader))


def _file(language: str) -> Path:
    if language not in languages():
        known = ", ".join(("en", *languages()))
        raise InputError(f"no mini descriptions in {language!r}", remedy=f"choose from {known}")
    return FOLDER / f"{language}.yaml"


def read_grammar(path: Path) -> Grammar:
    """Read and check a grammar; what its parts mean is told in `grammar.py` and in the files themselves.

    Raises:
        InputError: something in it is missing, unknown or badly written; names file and line.
    """
    tree = Tree.read(path)
    sections = tree.mapping()
    _complete(tree, sections, _SECTIONS, "section")
    own = {feature.text() for feature in sections["features"].items()}
    tables, rules = sections["words"].mapping(), sections["rules"].mapping()
    reader = _Reader(FEATURES | own | {*concepts.ACTIONS}, tables)
    _complete(sections["words"], tables, CONCEPTS, "word table", others=True)
    _complete(sections["rules"], rules, (_SENTENCE,), "rule", others=True)
    shortest, longest = (_number(sections[name]) for name in ("shortest", "longest"))
    return Grammar(
        language=sections["language"].text(),
        shortest=int(shortest),
        longest=int(longest),
        words={name: reader.table(name, table) for name, table in tables.items()},
        rules={
            name: tuple(reader.choices(rule, below=list(rules)[place + 1 :]))
            for place, (name, rule) in enumerate(rules.items())
        },
        spoken={word: said.text() for word, said in sections["spoken"].mapping().items()},
    )


@dataclass(frozen=True)
class _Reader:
    """Reads choices.

    Args:
        features: those that there are.
        tables: names of the word tables.
    """

    features: frozenset[str]
    tables: Collection[str]

    def table(self, name: str, table: Tree) -> dict[str, tuple[Choice, ...]]:
        """The choices for each concept of a word table."""
        fact, entries = Slot(name).fact, table.mapping()
        if fact not in CONCEPTS:
            raise table.error(f"{name!r} is of no kind of fact", f"begin with one of {', '.join(CONCEPTS)}")
        needed = CONCEPTS[fact] if name == fact else ()
        _complete(table, entries, needed, "concept", others=True)
        for concept, entry in entries.items():
            if concept not in CONCEPTS[fact]:
                raise entry.error(
                    f"{concept!r} is no {fact} of the mini world", f"choose from {', '.join(CONCEPTS[fact])}"
                )
        return {concept: tuple(self.choices(entry)) for concept, entry in entries.items()}

    def choices(self, tree: Tree, below: Collection[str] = ()) -> list[Choice]:
        """The choices of a concept, or of a rule that may use the rules `below`."""
        return [self._choice(item, below) for item in tree.items()]

    def _choice(self, tree: Tree, below: Collection[str]) -> Choice:
        if not tree.is_mapping:
            return Choice((Form(frozenset(), self._parts(tree, below)),))
        said = tree.mapping()
        weight, belongs = said.pop(_WEIGHT, None), said.pop(_BELONGS, None)
        if not said:
            raise tree.error("says nothing", f"write `{_DEFAULT}: …`")
        forms = tuple(
            Form(self._known([] if key == _DEFAULT else key.split(), item), self._parts(item, below))
            for key, item in said.items()
        )
        return Choice(
            forms,
            weight=_number(weight) if weight else 1.0,
            belongs=self._known(belongs.text().split(), belongs) if belongs else frozenset(),
        )

    def _known(self, features: Collection[str], tree: Tree) -> frozenset[str]:
        for feature in features:
            if feature not in self.features:
                known = ", ".join(sorted(self.features))
                raise tree.error(
                    f"{feature!r} is no feature", f"list it under `features`, or choose from {known}"
                )
        return frozenset(features)

    def _parts(self, tree: Tree, below: Collection[str]) -> tuple[str | Slot, ...]:
        parts: list[str | Slot] = []
        for slot, word, brace in _PART.findall(tree.text()):
            if brace:
                raise tree.error(f"a single {brace!r}", "write slots as {name}")
            parts.append(self._slot(slot[1:-1], tree, below) if slot else word)
        return tuple(parts)

    def _slot(self, text: str, tree: Tree, below: Collection[str]) -> Slot:
        name, *context = text.split() or [""]
        optional = name.endswith("?")
        name = name.removesuffix("?")
        if name not in self.tables and name not in below:
            known = ", ".join((*self.tables, *below))
            raise tree.error(
                f"{{{text}}} is no word table, nor a rule below this one", f"choose from {known}"
            )
        heads = [word for word in context if word in HEADS]
        if len(heads) > 1:
            raise tree.error(f"{{{text}}} speaks of {' and '.join(heads)}", "name one head")
        others = [word for word in context if word not in HEADS]
        return Slot(name, optional, heads[0] if heads else None, self._known(others, tree))


def _complete(
    tree: Tree, found: Mapping[str, Tree], wanted: Collection[str], kind: str, others: bool = False
) -> None:
    """Check that all that is wanted is there and, unless others may be, nothing else."""
    missing = [name for name in wanted if name not in found]
    if missing:
        raise tree.error(f"{kind} {missing[0]!r} is missing", "add it")
    unknown = [name for name in found if name not in wanted]
    if unknown and not others:
        raise found[unknown[0]].error(f"{unknown[0]!r} is no {kind}", f"choose from {', '.join(wanted)}")


def _number(tree: Tree) -> float:
    """A number above zero."""
    try:
        number = float(tree.text())
    except ValueError:
        number = 0.0
    if not number > 0:
        raise tree.error(f"{tree.text()!r} is no number above 0", "write one, such as 2")
    return number
