"""Exit statuses, and the account of a batch of which parts failed."""

import sys
from collections.abc import Sequence

DONE, FAILED, USAGE, IN_PART, INTERRUPTED = 0, 1, 2, 3, 130

_LISTED = 20


def list_failed(reasons: Sequence[str], elsewhere: str = "") -> None:
    """Name on stderr what was set aside.

    Args:
        reasons: a line each, saying what and why.
        elsewhere: where the whole list stands, if anywhere; without it, all are named.
    """
    shown = reasons[:_LISTED] if elsewhere else reasons
    for reason in shown:
        print(f"set aside: {reason}", file=sys.stderr)
    if len(shown) < len(reasons):
        print(f"and {len(reasons) - len(shown)} more, listed in {elsewhere}", file=sys.stderr)


def batch_status(failed: int, total: int) -> int:
    """The exit status of a batch."""
    if not failed:
        return DONE
    return FAILED if failed == total else IN_PART
