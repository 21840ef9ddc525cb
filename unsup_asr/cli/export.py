"""`unsup-asr export`: what other people's systems read."""

from argparse import ArgumentParser, Namespace
from typing import Any

from unsup_asr.cli import export_corpus, export_wav2vec_u, export_zerospeech
from unsup_asr.cli.status import DONE

_DESCRIPTION = """\
Writes a manifest as other toolkits read it (nemo, lhotse, kaldi, webdataset, textgrid), the corpus of a recipe
for wav2vec-U, or a submission to ZeroSpeech. What the form cannot hold is told on stderr."""
_KINDS = (export_corpus, export_wav2vec_u, export_zerospeech)


def add_parser(commands: Any) -> ArgumentParser:
    """Add the command."""
    parser: ArgumentParser = commands.add_parser(
        "export", help="what other people's systems read", description=_DESCRIPTION
    )
    kinds = parser.add_subparsers(title="kinds", metavar="KIND", required=True)
    for kind in _KINDS:
        kind.add_kind(kinds)
    return parser


def execute(arguments: Namespace) -> int:
    """Write what is asked for; where the kind tells no other exit status, it is done."""
    status: int | None = arguments.act(arguments)
    return DONE if status is None else status
