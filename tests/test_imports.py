"""The house's order: who may import whom."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = ("lm", "segmenters", "unsup_asr", "recipes")

# From the ground up; a layer may import itself and what lies below it.
LAYERS = (
    {"errors", "files", "parallel", "processes", "progress"},
    {"data", "encoders", "corpora", "segmentation"},
    {"models", "losses"},
    {"training", "decoding"},
    {"evaluation", "reports", "speech_to_text", "student", "speech_clip", "hidden_layers", "superb"},
    {"pipeline"},
    {"cli"},
)
FLOOR = {name: floor for floor, names in enumerate(LAYERS) for name in names}


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """The modules of ours that a file imports, wherever in the file it does so."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            assert node.module
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in names if name.split(".")[0] in OURS}


def part_of(module: str) -> str:
    """`data` of `unsup_asr.data.audio`."""
    return module.split(".")[1]


def system_imports() -> dict[str, set[str]]:
    """For each part of `unsup_asr`, the other parts that it imports."""
    graph: dict[str, set[str]] = {}
    for path in sources("unsup_asr"):
        part = path.relative_to(ROOT / "unsup_asr").with_suffix("").parts[0]
        needed = {part_of(name) for name in imports(path) if name.startswith("unsup_asr.")}
        graph.setdefault(part, set()).update(needed - {part})
    return graph


@pytest.mark.parametrize("package", ["lm", "segmenters"])
def test_libraries_import_nothing_of_ours(package):
    assert sources(package)
    for path in sources(package):
        foreign = {name for name in imports(path) if name.split(".")[0] != package}
        assert not foreign, f"{path.relative_to(ROOT)} imports {sorted(foreign)}"


def test_every_part_has_its_floor():
    unknown = set(system_imports()) - set(FLOOR) - {"__init__", "__main__"}
    assert not unknown, f"parts that the order does not know: {sorted(unknown)}"


def test_parts_import_downwards():
    upward = [
        f"{part} → {needed}"
        for part, needs in system_imports().items()
        for needed in needs
        if part in FLOOR and FLOOR[needed] > FLOOR[part]
    ]
    assert not upward


def test_parts_do_not_import_each_other_in_circles():
    list(TopologicalSorter(system_imports()).static_order())


@pytest.mark.parametrize("package", ["lm", "segmenters", "unsup_asr"])
def test_nobody_imports_the_recipes(package):
    for path in sources(package):
        assert not {name for name in imports(path) if name.split(".")[0] == "recipes"}, path


def test_nothing_heavy_is_imported_with_the_packages():
    for package in OURS:
        tree = ast.parse((ROOT / package / "__init__.py").read_text(encoding="utf-8"))
        assert not [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))], (
            package
        )
