"""Figures as JSON objects: read back, their keys are the fields of the dataclass that they were written from."""

from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from unsup_asr.errors import InputError
from unsup_asr.files import read_json

_REMEDY = "evaluate the run again"

Figures = TypeVar("Figures")


def read_row(path: Path) -> Any:
    """The JSON of a file.

    Raises:
        InputError: it is none.
    """
    try:
        return read_json(path)
    except ValueError as error:
        raise InputError(f"not valid JSON: {error}", where=path, remedy=_REMEDY) from error


def build(kind: type[Figures], row: Any, path: Path) -> Figures:
    """The dataclass of a row; arguments and errors as in `fields_of`."""
    return kind(**fields_of(kind, row, path))


def fields_of(kind: Any, row: Any, path: Path) -> dict[str, Any]:
    """The row, if its keys are the fields of a dataclass.

    Args:
        kind: the dataclass.
        row: of JSON.
        path: of the file that it is from, for the error.

    Raises:
        InputError: fields are missing or unknown.
    """
    wanted = {field.name for field in fields(kind)}
    found = set(row) if isinstance(row, dict) else set()
    if found != wanted:
        missing, unknown = sorted(wanted - found), sorted(found - wanted)
        fault = f"{kind.__name__} lacks {missing or 'nothing'} and has unknown {unknown or 'nothing'}"
        raise InputError(fault, where=path, remedy=_REMEDY)
    return dict(row)
