"""`unsup-asr transcribe`: speech to English text."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unsup_asr.cli.status import batch_status, list_failed

if TYPE_CHECKING:
    from unsup_asr.cli.recordings import Recording
    from unsup_asr.decoding.transcription import Transcription

_FORMATS = ("txt", "json", "srt", "vtt", "tsv")
# What is a line a recording on stdout, so that several can follow each other.
_LINEWISE = ("txt", "json")

_DESCRIPTION = """\
Writes down speech as English text. AUDIO is a recording or a manifest (*.jsonl). Without --output_dir the text
goes to stdout, a line a recording (json: an object a line)."""


def add_parser(commands: Any) -> ArgumentParser:
    """Add the command."""
    parser: ArgumentParser = commands.add_parser(
        "transcribe", help="speech to English text", description=_DESCRIPTION
    )
    parser.add_argument("audio", nargs="+", type=Path, metavar="AUDIO", help="a recording or a manifest")
    parser.add_argument("--model", required=True, type=Path, metavar="RUN", help="a run or model folder")
    parser.add_argument(
        "-f", "--output_format", type=_formats, default=("txt",), metavar="FORMAT,…",
        help=f"of {', '.join(_FORMATS)} (txt)",
    )  # fmt: skip
    parser.add_argument("--output_dir", type=Path, metavar="DIR", help="write a file a recording into DIR")
    parser.add_argument(
        "--segmenter", metavar="S",
        help="a method, the folder of a fitted segmenter, or a JSONL file of word times, for the model that "
        "reads segments (a run's student, which needs none; else the model's own)",
    )  # fmt: skip
    parser.add_argument(
        "--language", metavar="CODE", help="that recordings are in, for models of several (the model's first)"
    )
    parser.add_argument("--device", default="cpu", help="where to compute (cpu)")
    parser.add_argument("--skip-existing", action="store_true", help="pass over what DIR has already")
    return parser


def execute(arguments: Namespace) -> int:
    """Transcribe; a recording that cannot be used is named at the end and does not lose the others."""
    from unsup_asr.cli.device import check_device
    from unsup_asr.cli.listeners import listener
    from unsup_asr.cli.recordings import recordings
    from unsup_asr.progress import progress

    check_device(arguments.device)
    heard = _chosen(arguments, recordings(arguments.audio))
    listening = listener(arguments.model, arguments.segmenter, arguments.language, arguments.device, heard)
    emit = _emitter(arguments, listening.language)
    failed = []
    bar = progress("transcribing", len(heard)) if arguments.output_dir else nullcontext(lambda done: None)
    with bar as report:
        for number, (recording, written) in enumerate(listening.listen(heard), start=1):
            if isinstance(written, str):
                failed.append(f"{recording.id}: {written}")
            else:
                emit(recording, written)
            report(number)
    list_failed(failed)
    return batch_status(len(failed), len(heard))


def _chosen(arguments: Namespace, heard: list["Recording"]) -> list["Recording"]:
    """What is to be transcribed, once it is clear that the outcome has a place."""
    from unsup_asr.cli.recordings import check_ids
    from unsup_asr.errors import UsageError

    if arguments.output_dir:
        check_ids(heard)
        if arguments.skip_existing:
            return [recording for recording in heard if not _exists(arguments, recording)]
        return heard
    formats = arguments.output_format
    if arguments.skip_existing:
        raise UsageError("--skip-existing needs --output_dir", remedy="say where the files are")
    if len(formats) > 1 or (len(heard) > 1 and formats[0] not in _LINEWISE):
        fault = f"stdout takes one of {', '.join(_LINEWISE)}, or another format of one recording"
        raise UsageError(fault, where=f"-f {','.join(formats)}", remedy="say --output_dir DIR")
    return heard


def _emitter(arguments: Namespace, language: str) -> Callable[["Recording", "Transcription"], None]:
    """What is done with each transcription: a file for each format, or a line on stdout."""
    import json

    from unsup_asr.files import write_text
    from unsup_asr.reports.transcripts import json_row, transcript

    def write(recording: "Recording", transcription: "Transcription") -> None:
        for format in arguments.output_format:
            text = transcript(transcription, format, recording.id, language)
            write_text(_file(arguments.output_dir, recording, format), text)

    def show(recording: "Recording", transcription: "Transcription") -> None:
        (format,) = arguments.output_format
        if format == "json":
            row = json_row(transcription, recording.id, language)
            print(json.dumps(row, ensure_ascii=False), flush=True)
        else:
            print(transcript(transcription, format, recording.id, language), end="", flush=True)

    return write if arguments.output_dir else show


def _exists(arguments: Namespace, recording: "Recording") -> bool:
    formats = arguments.output_format
    return all(_file(arguments.output_dir, recording, format).exists() for format in formats)


def _file(folder: Path, recording: "Recording", format: str) -> Path:
    return folder / f"{recording.stem}.{format}"


def _formats(text: str) -> Sequence[str]:
    names = tuple(dict.fromkeys(text.split(",")))
    if unknown := [name for name in names if name not in _FORMATS]:
        raise ArgumentTypeError(f"{unknown[0]!r} is no format; choose from {', '.join(_FORMATS)}")
    return names
