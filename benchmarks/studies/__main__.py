"""Studies on the command line.

    python -m benchmarks.studies plan ablation model_selection
    python -m benchmarks.studies run ablation model_selection --out FOLDER --fsdd RECORDINGS
    python -m benchmarks.studies table ablation model_selection --out FOLDER

`plan` lists the runs, `run` carries out what is not done, `table` writes the figures into the studies' pages
below docs/, where it is called. Ended by Ctrl-C, `run` goes on where it was when it is called again. Exit status:
0 done, 1 failed, 3 some runs failed (their logs' last lines are in study.jsonl), 130 interrupted.
"""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from benchmarks.studies import ablation, languages_together, model_selection, seeds, tuned_segmenters
from benchmarks.studies.page import write_figures
from benchmarks.studies.plan import Condition, StudyRun, runs_of, with_words
from benchmarks.studies.records import Records
from benchmarks.studies.runner import Runner
from unsup_asr.cli.status import DONE, FAILED, IN_PART, INTERRUPTED
from unsup_asr.errors import InputError

STUDIES: dict[str, ModuleType] = {
    "model_selection": model_selection,
    "ablation": ablation,
    "seeds": seeds,
    "tuned_segmenters": tuned_segmenters,
    "languages_together": languages_together,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Plan, run or lay out studies; returns the exit status."""
    arguments = _parser().parse_args(argv)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(INTERRUPTED))
    try:
        return int(arguments.execute(arguments))
    except KeyboardInterrupt:
        return INTERRUPTED
    except InputError as error:
        print(f"studies: error: {error}", file=sys.stderr)
        return FAILED


def plan(arguments: argparse.Namespace) -> int:
    """Print the runs, a line each."""
    runs = _runs(arguments)
    for each in runs:
        print(each.recipe, *each.words)
    print(f"{len(runs)} runs", file=sys.stderr)
    return DONE


def run(arguments: argparse.Namespace) -> int:
    """Carry out what is not done, one study after the other."""
    own_words = {"digits": (f"data.fsdd={arguments.fsdd.resolve()}",)} if arguments.fsdd else {}
    runner = Runner(arguments.out, arguments.jobs, own_words, arguments.keep_checkpoints)
    return IN_PART if runner.run(_runs(arguments)) else DONE


def write_tables(arguments: argparse.Namespace) -> int:
    """Write the figures of each study into its page."""
    records = Records(arguments.out)
    for name in arguments.studies:
        study = STUDIES[name]
        write_figures(study.PAGE, study.figures(records, _conditions(name, arguments)))
        print(study.PAGE)
    return DONE


def _conditions(name: str, arguments: argparse.Namespace) -> list[Condition]:
    conditions: list[Condition] = STUDIES[name].conditions()
    return with_words(conditions, arguments.words)


def _runs(arguments: argparse.Namespace) -> list[StudyRun]:
    return runs_of(row for name in arguments.studies for row in _conditions(name, arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="studies", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for execute in (plan, run, write_tables):
        command = commands.add_parser(COMMANDS[execute], help=(execute.__doc__ or "").split(".")[0])
        command.add_argument("studies", nargs="+", choices=STUDIES, metavar="STUDY", help=", ".join(STUDIES))
        command.add_argument(
            "--with",
            nargs="+",
            default=[],
            dest="words",
            metavar="key=value",
            help="what all runs have besides",
        )
        command.set_defaults(execute=execute)
        if execute is not plan:
            command.add_argument(
                "--out", type=Path, required=True, help="folder of the runs and of study.jsonl"
            )
        if execute is run:
            command.add_argument("--jobs", type=int, default=2, help="runs at a time, each on one thread")
            command.add_argument("--fsdd", type=Path, help="recordings of the Free Spoken Digit Dataset")
            command.add_argument("--keep_checkpoints", action="store_true", help="of runs that are done")
    return parser


COMMANDS = {plan: "plan", run: "run", write_tables: "table"}

if __name__ == "__main__":
    sys.exit(main())
