"""What `export` and `import` of other toolkits' corpora share: the account of what went over and what did not."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unsup_asr.cli.status import DONE, IN_PART

if TYPE_CHECKING:
    from unsup_asr.corpora.preparation import LeftOut

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


def check_new(path: Path) -> None:
    """Refuse to write where something is.

    Raises:
        UsageError: the path is a file, or a folder with something in it.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        from unsup_asr.errors import UsageError

        raise UsageError("exists and is not an empty folder", where=path, remedy="name a new one")
