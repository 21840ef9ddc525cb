"""What `export` and `import` of other toolkits' corpora share: the account of what went over and what did not."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unsup_asr.cli.status import DONE, IN_PART

if TYPE_CHECKING:
    from unsup_asr.corpora.preparation import LeftOut

STATUSES = """\
Exit status: 0 done, whatever OUT cannot hold; 3 items that are missing or broken were set aside; 1 nothing could
be read; 2 usage, among others an OUT that exists."""

# Reasons shown, and ids shown of each.
_LISTED, _NAMED = 20, 5


def tell(not_held: Mapping[str, int], left_out: "Sequence[LeftOut]", by: str) -> int:
    """Name on stderr what was lost; returns the exit status, which tells of what is broken.

    Args:
        not_held: what the form that was written cannot hold, and how often.
        left_out: utterances that were not taken over.
        by: the form that was written.
    """
    for what, count in not_held.items():
        print(f"not held by {by}: {count} × {what}", file=sys.stderr)
    counts = Counter(item.reason for item in left_out)
    for reason, count in counts.most_common(_LISTED):
        ids = [item.id for item in left_out if item.reason == reason][:_NAMED]
        more = " …" if count > _NAMED else ""
        print(f"set aside: {count} × {reason}: {', '.join(ids)}{more}", file=sys.stderr)
    if len(counts) > _LISTED:
        print(f"and {len(counts) - _LISTED} more reasons", file=sys.stderr)
    return IN_PART if any(item.broken for item in left_out) else DONE


def check_there(path: Path) -> None:
    """Tell of a path that was mistyped in words that fit any form.

    Raises:
        InputError: there is nothing.
    """
    if not path.exists():
        from unsup_asr.errors import InputError

        raise InputError("there is no such file or folder", where=path, remedy="check the path")


def check_manifest(path: Path) -> None:
    """Refuse a folder where a manifest is wanted.

    Raises:
        UsageError: the path is a folder.
    """
    if path.is_dir():
        from unsup_asr.errors import UsageError

        remedy = "name a manifest in it, such as train.jsonl"
        raise UsageError("is a folder, not a manifest", where=path, remedy=remedy)


def check_new(path: Path) -> None:
    """Refuse to write where something is.

    Raises:
        UsageError: the path is a file, or a folder with something in it.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        from unsup_asr.errors import UsageError

        raise UsageError("exists and is not an empty folder", where=path, remedy="name a new one")
