"""`unsup-asr segment`: where the words of recordings lie, and how well they were found."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from unsup_asr.cli import segment_evaluate
from unsup_asr.segmentation.methods import FITTED, GOLD, METHODS, ON_FRAMES, RECOGNISED, STATELESS, TRAINED

_FORMATS = ("jsonl", "textgrid", "ctm")

_DESCRIPTION = """\
Finds the words in recordings; AUDIO is a recording or a manifest (*.jsonl). Without --output_dir an object a
recording goes to stdout: {"id", "duration", "words": [{"start", "end"}], "method", "settings"}. With it, DIR gets
segments.jsonl, or a file a recording in the other formats; a run that was interrupted goes on with
--skip-existing."""
_EXPLAINED = {
    GOLD: "the words of manifests, TextGrids, CTM and other alignments",
    "energy": "dips of loudness",
    "uniform": "words of equal length",
    "prominence": "where neighbouring frames of a speech encoder differ most",
    "gradseg": "where frames change fast, as a linear model has learned it from unlabelled speech",
    "eskmeans": "words that recur, by clustering and dynamic programming",
    "unit_words": "recurring strings of phone-like units",
    "boundary_head": "a trained boundary head",
    "recognised": "words that a run has learned to recognise (RUN/model/segmenter)",
    "vg_hubert": "where the CLS token of a speech encoder taught by pictures looks",
}


def add_parser(commands: Any) -> ArgumentParser:
    """Add the command, with an action for each method, and `evaluate`."""
    parser: ArgumentParser = commands.add_parser(
        "segment", help="find the words in speech", description=_DESCRIPTION
    )
    actions = parser.add_subparsers(title="methods", metavar="METHOD", required=True)
    for method in METHODS:
        own = actions.add_parser(method, help=_EXPLAINED[method], description=_DESCRIPTION)
        _add_input(own, method)
        _add_settings(own, method)
        own.set_defaults(act=_segment, method=method)
    segment_evaluate.add_parser(actions).set_defaults(act=segment_evaluate.execute)
    return parser


def execute(arguments: Namespace) -> int:
    """Segment, or evaluate."""
    act: Callable[[Namespace], int] = arguments.act
    return act(arguments)


def _add_input(parser: ArgumentParser, method: str) -> None:
    what = "a manifest or alignments" if method == GOLD else "a recording or a manifest"
    parser.add_argument("audio", nargs="*", type=Path, metavar="AUDIO", help=what)
    parser.add_argument("--manifest", type=Path, metavar="M", help="a manifest, whatever its name ends in")
    parser.add_argument("-f", "--output_format", type=_formats, default=("jsonl",), metavar="FORMAT,…",
                        help=f"of {', '.join(_FORMATS)} (jsonl)")  # fmt: skip
    parser.add_argument("--output_dir", type=Path, metavar="DIR", help="write files into DIR")
    parser.add_argument("--skip-existing", action="store_true", help="pass over what DIR has already")
    if method != GOLD:
        parser.add_argument("--plot", type=_png, metavar="FILE.png", help="draw the first recording")


def _add_settings(parser: ArgumentParser, method: str) -> None:
    """What the method may differ in, and nothing else."""
    if method in (*STATELESS, "prominence", *FITTED):
        parser.add_argument("--words_per_second", type=_rate, metavar="R", help="the rate of words (2.5)")
    if method in ON_FRAMES and method != RECOGNISED:
        parser.add_argument("--encoder", metavar="NAME", help="speech encoder, NAME or NAME:LAYER (log_mel)")
    if method in FITTED:
        parser.add_argument("--checkpoint", type=Path, metavar="FOLDER",
                            help="one that was fitted before (fitted on the given audio)")  # fmt: skip
    if method in TRAINED:
        parser.add_argument("--checkpoint", type=Path, metavar="FOLDER", help="the trained model")
    if method == "vg_hubert":
        parser.add_argument("--layer", type=int, metavar="L",
                            help="whose attention, from 0 (three quarters up: 9 of 12)")  # fmt: skip
        parser.add_argument("--quantile", type=float, metavar="Q", help="of attention (0.7)")
        parser.add_argument("--insertion", type=float, metavar="SECONDS",
                            help="assume words where none is found for longer (never)")  # fmt: skip
        parser.add_argument("--bf16", action="store_true", help="multiply in bfloat16")
    if method in (*ON_FRAMES, "vg_hubert"):
        parser.add_argument("--device", default="cpu", help="where to compute (cpu)")


def _segment(arguments: Namespace) -> int:
    from unsup_asr.cli.segment_words import convert_alignments, find_words
    from unsup_asr.errors import UsageError

    if not arguments.audio and arguments.manifest is None:
        raise UsageError("nothing to segment is given", remedy="name recordings, or --manifest M")
    return convert_alignments(arguments) if arguments.method == GOLD else find_words(arguments)


def _formats(text: str) -> Sequence[str]:
    names = tuple(dict.fromkeys(text.split(",")))
    if unknown := [name for name in names if name not in _FORMATS]:
        raise ArgumentTypeError(f"{unknown[0]!r} is no format; choose from {', '.join(_FORMATS)}")
    return names


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no number of words") from error
    if not 0 < rate < float("inf"):
        raise ArgumentTypeError(f"{text} is not above 0")
    return rate


def _png(text: str) -> Path:
    if not text.lower().endswith(".png"):
        raise ArgumentTypeError(f"{text!r} does not end in .png")
    return Path(text)
