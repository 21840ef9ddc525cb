"""`unsup-asr segment evaluate`: how well found word segments meet the true words."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unsup_asr.cli.status import DONE

if TYPE_CHECKING:
    from rich.table import Table

    from segmenters.alignments.alignment import Alignment

PROTOCOLS = ("spokencoco", "buckeye", "zerospeech")
_ZEROSPEECH = "zerospeech"
_DESCRIPTION = """\
Compares HYP with GOLD: boundaries, words found whole, areas and, where both sides have labels, word detection and
purity of the labels. Each side is a JSONL of segmentations, a manifest with words, a folder of TextGrids or of
LibriSpeech's .alignment.txt, a CTM, or SpokenCOCO's JSON. Rates are percent. The protocols are those of published
code: spokencoco and buckeye score as it does; zerospeech writes HYP as the class file that the challenge's own
scorer reads."""
_IN_SECONDS = {"centre_distance": "s"}
_COUNTS = {"segments_per_word", "detected", "types", "labels"}


def add_parser(commands: Any) -> ArgumentParser:
    """Add the command to the subparsers of `segment`."""
    parser: ArgumentParser = commands.add_parser(
        "evaluate", help="score segmentations", description=_DESCRIPTION
    )
    parser.add_argument("gold", type=Path, metavar="GOLD", help="the true words")
    parser.add_argument("hyp", type=Path, metavar="HYP", help="the segments that were found")
    parser.add_argument("--tolerance", type=_seconds, default=0.02, metavar="SECONDS",
                        help="how far off an edge may be (0.02)")  # fmt: skip
    parser.add_argument("--protocol", choices=PROTOCOLS, help="score as a published evaluation does")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def execute(arguments: Namespace) -> int:
    """Print the scores, or the class file."""
    from segmenters.alignments.cleaning import Labels
    from segmenters.alignments.formats import read_alignments

    # The SpokenCOCO protocol itself says what noise and unknown words are good for.
    labels = Labels(keep_unknown=arguments.protocol == "spokencoco")
    gold, hyp = (read_alignments(path, labels) for path in (arguments.gold, arguments.hyp))
    _log(arguments.gold, gold)
    gold, hyp = _scorable(gold, hyp, arguments.gold)
    if arguments.protocol == _ZEROSPEECH:
        _print_classes(gold, hyp)
    else:
        _print_scores(gold, hyp, arguments)
    return DONE


def _print_scores(gold: Sequence[Alignment], hyp: Sequence[Alignment], arguments: Namespace) -> None:
    from rich.console import Console

    from segmenters.metrics.evaluation import evaluate

    scores = asdict(evaluate(gold, hyp, arguments.tolerance, arguments.protocol))
    head = {"protocol": arguments.protocol, "tolerance": arguments.tolerance, "utterances": len(gold)}
    if arguments.json:
        print(json.dumps({**head, **scores}, ensure_ascii=False, indent=1))
    else:
        tolerance = f"±{1000 * arguments.tolerance:g} ms"
        title = f"{arguments.protocol or 'segments'} · {tolerance} · {len(gold)} utterances"
        Console().print(_table(title, scores))


def _print_classes(gold: Sequence[Alignment], hyp: Sequence[Alignment]) -> None:
    from segmenters.metrics.pairing import paired
    from segmenters.metrics.zerospeech import zerospeech_classes

    print(zerospeech_classes([found for _, found in paired(gold, hyp)]), end="")


def _scorable(
    gold: Sequence[Alignment], hyp: Sequence[Alignment], path: Path
) -> tuple[list[Alignment], list[Alignment]]:
    """Without the utterances that gold has no words for, and what was found in those."""
    from unsup_asr.errors import InputError

    wordless = {alignment.id for alignment in gold if not alignment.words}
    if len(wordless) == len(gold):
        raise InputError("has no words with times", where=path, remedy="give alignments as GOLD")
    return [item for item in gold if item.words], [item for item in hyp if item.id not in wordless]


def _log(path: Path, alignments: Sequence[Alignment]) -> None:
    """Say on stderr what of the gold alignments could not be used as it was."""
    from segmenters.alignments.alignment import report
    from unsup_asr.progress import LOGGER

    found = report(alignments)
    if found.items:
        for line in found.lines():
            LOGGER.warning("%s: %s", path, line)


def _table(title: str, scores: Mapping[str, Mapping[str, Any] | None]) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column("", justify="left")
    table.add_column("", justify="right")
    for group, figures in scores.items():
        if figures is not None:
            table.add_section()
            table.add_row(f"[bold]{group}")
            for name, shown in _rows(figures):
                table.add_row(f"  {name}", shown)
    return table


def _rows(figures: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in figures.items():
        if value is None or isinstance(value, int | float):
            unit = _IN_SECONDS.get(name)
            yield name.replace("_", " "), "–" if value is None else _shown(name, value, unit)


def _shown(name: str, value: float, unit: str | None) -> str:
    if unit:
        return f"{value:.3f} {unit}"
    return f"{value:.4g}" if name in _COUNTS else f"{value:.2f} %"


def _seconds(text: str) -> float:
    """A time of at least 0."""
    try:
        seconds = float(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no number of seconds") from error
    if not 0 <= seconds < float("inf"):
        raise ArgumentTypeError(f"{text} is not at least 0 s")
    return seconds
