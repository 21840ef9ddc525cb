"""`unsup-asr validate`: what is wrong with manifests, and with the recordings and pictures they name."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unsup_asr.cli.status import batch_status

if TYPE_CHECKING:
    from rich.table import Table

    from unsup_asr.corpora.validation.validate import Validation

_DESCRIPTION = """\
Examines every entry of the manifests, or of a folder that `prepare` wrote, and prints a table of the faults.
Several manifests are the splits of one corpus: a picture or a recording that two of them have is a fault; names
that begin alike (train_en.jsonl, train_hi.jsonl) are one split. By default headers are read and nothing is
decoded. A validation that was killed goes on where it was. Notes in the table leave entries usable. Exit status:
0 no fault, 3 some entries have faults, 1 all have, or a manifest cannot be read."""
_SPLITS = ("train", "validation", "test")
_CAPTIONS = "captions.txt"
_PROGRESS = ".progress"


def add_parser(commands: Any) -> ArgumentParser:
    """Add the command."""
    parser: ArgumentParser = commands.add_parser(
        "validate", help="faults of manifests and their files", description=_DESCRIPTION
    )
    parser.add_argument("manifests", nargs="+", type=Path, metavar="MANIFEST", help="or a prepared folder")
    parser.add_argument("--captions", type=Path, action="append", metavar="FILE",
                        help="may hold no reference of a test manifest (captions.txt of the folder); "
                             "may be given several times")  # fmt: skip
    parser.add_argument("--deep", action="store_true",
                        help="decode all, too: finds silence, clipping, copies, hidden damage")  # fmt: skip
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the findings, a JSON object a line")
    parser.add_argument("--progress", type=Path, metavar="FILE",
                        help=f"where progress is kept meanwhile (first MANIFEST{_PROGRESS})")  # fmt: skip
    return parser


def execute(arguments: Namespace) -> int:
    """Print the table, and write the list if one is wanted."""
    from rich.console import Console

    from unsup_asr.corpora.validation.validate import validate
    from unsup_asr.files import write_jsonl

    manifests = list(dict.fromkeys(path for given in arguments.manifests for path in _manifests(given)))
    captions = arguments.captions or [
        given / _CAPTIONS for given in arguments.manifests if (given / _CAPTIONS).is_file()
    ]
    record = arguments.progress or manifests[0].with_name(manifests[0].name + _PROGRESS)
    found = validate(manifests, record, captions, arguments.deep)
    if arguments.json:
        write_jsonl(arguments.json, (finding.row for finding in found.findings))
    if found.findings:
        Console().print(_table(found))
    faults = f"{found.faulty:,} with faults" if found.faulty else "no fault"
    print(f"{found.entries:,} entries, {found.hours:,.2f} h of speech: {faults}")
    return batch_status(found.faulty, found.entries)


def _manifests(given: Path) -> Sequence[Path]:
    """A manifest, or those of a prepared folder."""
    from unsup_asr.errors import UsageError

    if not given.is_dir():
        return [given.absolute()]
    found = [path for split in _SPLITS if (path := given.absolute() / f"{split}.jsonl").exists()]
    if not found:
        names = ", ".join(f"{split}.jsonl" for split in _SPLITS)
        raise UsageError(f"holds none of {names}", where=given, remedy="name the manifests")
    return found


def _table(found: Validation) -> Table:
    from rich.table import Table

    table = Table(title_justify="left")
    table.add_column("fault")
    table.add_column("entries", justify="right")
    table.add_column("example", overflow="fold")
    for row in _rows(found):
        table.add_row(*row)
    return table


def _rows(found: Validation) -> Iterator[tuple[str, str, str]]:
    from rich.markup import escape

    examples = {finding.fault: finding for finding in reversed(found.findings)}
    for fault, count in found.counts.items():
        example = examples[fault]
        shown = f"{example.manifest.name}:{example.line}: {example.detail}"
        yield fault.value, f"{count:,}", escape(shown)
