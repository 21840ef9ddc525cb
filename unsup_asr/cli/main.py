"""The program `unsup-asr`: stdout is the result, stderr the log.

Exit status: 0 done, 1 failed, 2 usage, 3 part of a batch failed, 130 interrupted.
"""

import argparse
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import version

from lm.errors import LanguageModelError
from segmenters.errors import SegmentationError
from unsup_asr.cli import (
    evaluate,
    export,
    import_,
    lm,
    prepare,
    recipes,
    report,
    run,
    segment,
    sweep,
    transcribe,
    validate,
)
from unsup_asr.cli.status import FAILED, INTERRUPTED, USAGE
from unsup_asr.errors import InputError, UsageError

LEVELS = ("debug", "info", "warning", "error")
COMMANDS = (
    run,
    sweep,
    transcribe,
    segment,
    evaluate,
    report,
    lm,
    import_,
    prepare,
    validate,
    export,
    recipes,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Args:
        argv: the words after the program's name; those of the process if None.
    """
    arguments = _parser().parse_args(argv)
    logging.basicConfig(format="%(message)s", level=logging.WARNING, stream=sys.stderr, force=True)
    logging.getLogger("unsup_asr").setLevel(arguments.log_level.upper())
    if not sys.stderr.isatty():
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    try:
        status: int = arguments.execute(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("unsup-asr: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read stdout has gone; without this, closing it would fail once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (InputError, SegmentationError, LanguageModelError, OSError) as error:
        if arguments.log_level == "debug":
            traceback.print_exc()
        print(f"unsup-asr: error: {error}", file=sys.stderr)
        return USAGE if isinstance(error, UsageError) else FAILED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="unsup-asr", description="Speech into English text, learned without a transcript."
    )
    parser.add_argument("--version", action="version", version=f"unsup-asr {version('unsup-asr')}")
    parser.add_argument("--log-level", choices=LEVELS, default="info", help="what is logged on stderr")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        own = command.add_parser(commands)
        # Left alone where it is not given, so that one before the command counts.
        own.add_argument("--log-level", choices=LEVELS, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        own.set_defaults(execute=command.execute)
    return parser


if __name__ == "__main__":
    sys.exit(main())
