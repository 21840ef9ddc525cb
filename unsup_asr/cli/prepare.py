"""`unsup-asr prepare`: from what a publisher ships to manifests and unpaired captions."""

import shlex
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unsup_asr.cli.prepare_corpora import CORPORA, MiniCorpus, PublishedCorpus
from unsup_asr.cli.status import DONE, IN_PART, list_failed

if TYPE_CHECKING:
    from unsup_asr.corpora.preparation import Preparation, PreparationRecord

_DESCRIPTION = """\
Reads a corpus as its publisher ships it and writes train.jsonl, validation.jsonl, test.jsonl and captions.txt
into the folder OUT, and an account of what was left out and why into left_out.jsonl. Recordings and pictures stay
where they are; nothing is downloaded. No picture is in two splits, and captions are those of other pictures than
are spoken of."""
_STATUSES = """\
Exit status: 0 prepared; 3 prepared without what is missing or broken, which stderr names; 1 ROOT is not the
corpus, or nothing in it is usable; 2 usage, among others an OUT that holds something else."""

_OWN_DATA, _TRANSFER, _ENGLISH = "generic", "librispeech_transfer", "en"
_TEXT_OPTIONS = ("text_share", "captions")

# Tells whose folder it is before anything else is in it.
_OWNER = ".corpus"


def add_parser(commands: Any) -> ArgumentParser:
    """Add the command."""
    parser: ArgumentParser = commands.add_parser(
        "prepare",
        help="manifests and captions from a published corpus",
        description=_DESCRIPTION,
        epilog=_STATUSES,
    )
    corpora = parser.add_subparsers(title="corpora", metavar="CORPUS", required=True)
    for corpus in CORPORA:
        own = corpora.add_parser(
            corpus.name, help=corpus.summary, description=corpus.summary, epilog=_STATUSES
        )
        if not isinstance(corpus, MiniCorpus):
            own.add_argument("root", type=Path, metavar="ROOT", help=corpus.root)
        own.add_argument(
            "out", type=Path, metavar="OUT", help="a new folder, or that of an earlier preparation"
        )
        _add_options(own, corpus)
        own.set_defaults(corpus=corpus)
    return parser


def _add_options(parser: ArgumentParser, corpus: PublishedCorpus) -> None:
    # argparse cannot tell of a group without options.
    told = any(name in _TEXT_OPTIONS for name in corpus.options)
    captions_from = parser.add_mutually_exclusive_group() if told else parser
    for name, option in corpus.options.items():
        group = captions_from if name in _TEXT_OPTIONS else parser
        group.add_argument(f"--{name}", type=option.read, metavar=option.metavar, help=option.help)


def execute(arguments: Namespace) -> int:
    """Prepare the corpus; print what was kept and left out, where it lies, and what runs on it."""
    from unsup_asr.corpora.preparation import write_preparation

    corpus: PublishedCorpus = arguments.corpus
    _claim(arguments.out, corpus.name)
    preparation = corpus.prepare(arguments)
    record = write_preparation(preparation, arguments.out)
    _print(preparation, record, corpus, arguments.out)
    return _status(preparation, record, arguments.out)


def _claim(out: Path, corpus: str) -> None:
    """Take a new or empty folder, or that of an earlier preparation of the same corpus.

    Raises:
        UsageError: it is something else.
    """
    from unsup_asr.errors import UsageError
    from unsup_asr.files import write_text

    if out.exists() and not out.is_dir():
        raise UsageError("is no folder", where=out, remedy="name a new one")
    if out.exists() and any(path.name != _OWNER for path in out.iterdir()):
        owner = (out / _OWNER).read_text(encoding="utf-8").strip() if (out / _OWNER).is_file() else None
        if owner != corpus:
            held = "files of another kind" if owner is None else f"the corpus {owner}"
            raise UsageError(f"holds {held}", where=out, remedy="name a new folder")
    out.mkdir(parents=True, exist_ok=True)
    write_text(out / _OWNER, corpus + "\n")


def _print(
    preparation: "Preparation", record: "PreparationRecord", corpus: PublishedCorpus, out: Path
) -> None:
    from rich.console import Console

    from unsup_asr.corpora.preparation import CAPTIONS, LEFT_OUT, RECORD
    from unsup_asr.reports.preparation_table import kept_table, left_out_table

    console = Console()
    console.print(kept_table(record))
    if preparation.left_out:
        console.print(left_out_table(preparation))
    print(f"captions from: {record.captions_from}")
    print(f"references: {record.reference_kind or 'none'}")
    for name in (*(f"{split}.jsonl" for split in record.kept), CAPTIONS, LEFT_OUT, RECORD):
        print(out / name)
    if any(record.kept.values()):
        print(_next(corpus, preparation, record, out))


def _next(corpus: PublishedCorpus, preparation: "Preparation", record: "PreparationRecord", out: Path) -> str:
    """The command that runs the recipe; what has to be named besides, in capitals."""
    words = ["unsup-asr", "run", corpus.recipe, f"data.folder={out}"]
    if corpus.recipe == _TRANSFER:
        return shlex.join([*words, "model=RUN"])
    if corpus.recipe == _OWN_DATA:
        words += _told_of(preparation)
    if record.kept.get("train") and not record.captions:
        words.append("data.captions=FILE")
    return shlex.join(words)


def _told_of(preparation: "Preparation") -> list[str]:
    """What the recipe for one's own data has to be told of them."""
    utterances = [utterance for split in preparation.splits.values() for utterance in split]
    spoken = sorted({utterance.lang for utterance in utterances})
    words = ["clip=MODEL"]
    if spoken != [_ENGLISH]:
        words += [f"language={spoken[0]}", "task=translation"]
    if len(spoken) > 1:
        words.append(f"languages=[{','.join(spoken)}]")
    if not all(utterance.words for utterance in utterances):
        words.append("segmenter=energy")
    return words


def _status(preparation: "Preparation", record: "PreparationRecord", out: Path) -> int:
    from unsup_asr.corpora.preparation import LEFT_OUT
    from unsup_asr.errors import InputError

    broken = [f"{each.id}: {each.reason}" for each in preparation.left_out if each.broken]
    list_failed(broken, str(out / LEFT_OUT))
    if not any(record.kept.values()):
        raise InputError("nothing is usable", where=out, remedy=f"read {LEFT_OUT} in it")
    return IN_PART if broken else DONE
