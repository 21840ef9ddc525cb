"""JSON on disk; what is written is whole or not there."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from segmenters.files import replacing, sync_folder, write_text

__all__ = ["read_json", "read_jsonl", "replacing", "sync_folder", "write_json", "write_jsonl", "write_text"]


def write_json(path: Path, value: Any) -> None:
    """Write one JSON value atomically, indented, keys in the order given."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def write_jsonl(path: Path, rows: Iterable[Any]) -> None:
    """Write one JSON value a line, atomically."""
    write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def read_json(path: Path) -> Any:
    """Read one JSON value."""
    return json.loads(path.read_text(encoding="utf-8"))


def read_jsonl(path: Path) -> list[Any]:
    """Read one JSON value a line; empty lines are passed over."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line.strip()]
