"""`unsup-asr export zerospeech2021`: the semantic task's submission folder, and its score."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unsup_asr.evaluation.zerospeech_semantic import SemanticScores

_DESCRIPTION = """\
Writes what the semantic task of ZeroSpeech 2021 asks for: the frames of a layer of MODEL for each recording of
DATASET, as text below OUT. MODEL is a SpeechCLIP model's folder or a speech encoder, by name or folder. Where
DATASET has gold.csv and pairs.csv, the correlation with human judgements is printed, too. Before you submit, fill
in what meta.yaml says of the system."""
_FILL_IN = "to be filled in"


def add_kind(kinds: Any) -> ArgumentParser:
    """Add the kind to those of `export`."""
    parser: ArgumentParser = kinds.add_parser(
        "zerospeech2021", help="submission to the semantic task", description=_DESCRIPTION
    )
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("dataset", type=Path, metavar="DATASET", help="its folder, with semantic/dev in it")
    parser.add_argument("out", type=Path, metavar="OUT", help="a new folder")
    parser.add_argument("--layer", type=int, default=-1, metavar="L",
                        help="hidden state: 0 enters the first layer, -1 is the last (-1)")  # fmt: skip
    parser.add_argument(
        "--pooling", metavar="P", help="of frames: mean, max, min, sum, last, lastlast (mean)"
    )
    parser.add_argument("--metric", metavar="M", help="distance of scipy's cdist (cosine)")
    parser.add_argument("--device", default="cpu", help="where the model computes (cpu)")
    parser.set_defaults(act=execute)
    return parser


def execute(arguments: Namespace) -> None:
    """Write the folder and print the scores."""
    from unsup_asr.cli.device import check_device
    from unsup_asr.errors import UsageError
    from unsup_asr.evaluation.zerospeech_semantic import SemanticMeasure
    from unsup_asr.evaluation.zerospeech_submission import (
        SubmissionNotes,
        score_submission,
        write_submission,
    )
    from unsup_asr.hidden_layers import HiddenLayer, load_layers

    if arguments.out.exists() and (not arguments.out.is_dir() or any(arguments.out.iterdir())):
        raise UsageError("exists and is not an empty folder", where=arguments.out, remedy="name a new one")
    check_device(arguments.device)
    given = {"metric": arguments.metric, "pooling": arguments.pooling}
    measure = SemanticMeasure(**{name: value for name, value in given.items() if value})
    notes = SubmissionNotes(_FILL_IN, _FILL_IN, arguments.model, _FILL_IN, 0.0)
    layer = HiddenLayer(load_layers(arguments.model, arguments.device), arguments.layer)
    write_submission(layer, arguments.dataset, arguments.out, measure, notes)
    for kind, scores in score_submission(arguments.dataset, arguments.out, measure).items():
        _print_scores(kind, scores)
    print(arguments.out)


def _print_scores(kind: str, scores: "SemanticScores") -> None:
    for score in scores.datasets:
        print(f"{kind} {score.type} {score.dataset} {score.correlation:.2f}")
    for type in sorted({score.type for score in scores.datasets}):
        print(f"{kind} {type} mean {scores.mean(type):.2f} weighted {scores.weighted_mean(type):.2f}")
