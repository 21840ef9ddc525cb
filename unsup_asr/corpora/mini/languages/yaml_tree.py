"""YAML as a tree whose parts know their line, so that every fault can say where it stands."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from unsup_asr.errors import InputError


@dataclass(frozen=True, slots=True)
class Tree:
    """A part of a YAML file.

    Attributes:
        node: as the parser sees it; scalars stay the text that was written.
        file: where it stands.
    """

    node: yaml.Node
    file: str

    @classmethod
    def read(cls, path: Path) -> "Tree":
        """Read a file.

        Raises:
            InputError: it is no YAML, or empty; names file and line.
        """
        try:
            node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            fault = f"not valid YAML: {error.problem}"
            raise InputError(
                fault, where=f"{path}:{line}", remedy="mend the line or the one above"
            ) from error
        if node is None:
            raise InputError("holds nothing", where=path, remedy="write the grammar into it")
        return cls(node, str(path))

    @property
    def where(self) -> str:
        """File and line."""
        return f"{self.file}:{self.node.start_mark.line + 1}"

    def error(self, what: str, remedy: str) -> InputError:
        """An error about this part."""
        return InputError(what, where=self.where, remedy=remedy)

    @property
    def is_mapping(self) -> bool:
        """Whether it is `key: value` pairs."""
        return isinstance(self.node, yaml.MappingNode)

    def text(self) -> str:
        """A scalar, as it was written."""
        if not isinstance(self.node, yaml.ScalarNode):
            raise self.error("a text is wanted", "write one text, in quotes if it has signs of YAML")
        return str(self.node.value)

    def items(self) -> list["Tree"]:
        """The parts of a list; anything else is a list of one."""
        if isinstance(self.node, yaml.SequenceNode):
            return [Tree(node, self.file) for node in self.node.value]
        return [self]

    def mapping(self) -> dict[str, "Tree"]:
        """The parts of a mapping by key, in the order of the file."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.error("`key: value` pairs are wanted", "write a mapping")
        found: dict[str, Tree] = {}
        for key, value in self.node.value:
            name = Tree(key, self.file).text()
            if name in found:
                raise Tree(key, self.file).error(f"{name!r} stands here a second time", "keep one of the two")
            found[name] = Tree(value, self.file)
        return found
