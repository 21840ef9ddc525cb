"""Tables in Markdown, and their place in a document whose text is written by hand."""

from collections.abc import Sequence
from pathlib import Path

from unsup_asr.errors import InputError
from unsup_asr.files import write_text
from unsup_asr.reports.table import spread

_BEGIN, _END = "<!-- figures: begin -->", "<!-- figures: end -->"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def mean_spread(values: Sequence[float | None]) -> str:
    """`mean ± sample deviation (each)`, as `unsup-asr report --json` has them; a dash where there is nothing."""
    found = spread(list(values))
    if found["mean"] is None:
        return "–"
    deviation = "" if found["std"] is None else f" ± {found['std']:.1f}"
    each = ", ".join("–" if value is None else f"{value:.1f}" for value in values)
    return f"{found['mean']:.1f}{deviation} ({each})"


def write_figures(path: Path, figures: str) -> None:
    """Put generated text between the marks of a document; what stands around it is left as it is.

    Raises:
        InputError: the document has no such marks.
    """
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise InputError("has no place for figures", where=path, remedy=f"give it lines {_BEGIN} and {_END}")
    write_text(path, f"{before}{_BEGIN}\n{figures}\n{_END}{after}")
