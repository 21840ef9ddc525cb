"""`unsup-asr import nemo|lhotse|kaldi|webdataset|textgrid|wav2vec_u`: other toolkits' corpora as a manifest."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unsup_asr.cli.corpus_formats import STATUSES, check_new, check_there, tell

if TYPE_CHECKING:
    from unsup_asr.corpora.formats.transfer import Imported

_DESCRIPTION = "Writes the manifest OUT from {what}. What a manifest cannot hold is counted on stderr."
_SOURCES = {
    "nemo": "FILE.json or .jsonl",
    "lhotse": "FOLDER, or a file of cuts, .jsonl or .jsonl.gz",
    "kaldi": "FOLDER with wav.scp",
    "webdataset": "FOLDER of shards, or one shard, .tar",
    "textgrid": "FOLDER of TextGrids",
    "wav2vec_u": "SPLIT.tsv",
}
_KINDS = {
    "nemo": ("NeMo manifest", "a manifest of NeMo's"),
    "lhotse": ("Lhotse manifests", "a file of Lhotse's cuts, or a folder with cuts, or recordings and "
               "supervisions; commands and addresses in them are refused"),
    "kaldi": ("Kaldi data folder", "a Kaldi data folder; commands in its wav.scp are refused"),
    "webdataset": ("WebDataset shards", "a shard or a folder of shards, of which recordings and pictures are "
                   "written to a folder beside OUT; nothing is unpickled"),
    "textgrid": ("TextGrids", "a folder of TextGrids: the words of a manifest's utterances, or, without "
                 "--manifest, those of the recordings that lie beside them"),
    "wav2vec_u": ("wav2vec-U's lists", "SPLIT.tsv of wav2vec-U's layout and the lists beside it"),
}  # fmt: skip


def add_kinds(kinds: Any) -> None:
    """Add the kinds to those of `import`."""
    for name, (help, what) in _KINDS.items():
        parser: ArgumentParser = kinds.add_parser(
            name, help=help, description=_DESCRIPTION.format(what=what), epilog=STATUSES
        )
        parser.add_argument("source", type=Path, metavar="SOURCE", help=_SOURCES[name])
        parser.add_argument("out", type=Path, metavar="OUT", help="a new manifest")
        parser.add_argument(
            "--lang", metavar="CODE", help="language of the speech, where SOURCE does not tell it"
        )
        parser.set_defaults(act=execute, read=_READERS[name])
        if name == "textgrid":
            parser.add_argument("--manifest", type=Path, metavar="FILE", help="whose words they are")


def execute(arguments: Namespace) -> int:
    """Write the manifest; what was lost goes to stderr."""
    from unsup_asr.data.manifest import write_manifest

    check_there(arguments.source)
    imported: Imported = arguments.read(arguments)
    write_manifest(arguments.out, imported.utterances)
    return tell(imported.not_held, imported.left_out, "a manifest")


def _nemo(arguments: Namespace) -> "Imported":
    from unsup_asr.corpora.formats.nemo import read_nemo

    return read_nemo(arguments.source, arguments.lang)


def _lhotse(arguments: Namespace) -> "Imported":
    from unsup_asr.corpora.formats.lhotse.reading import read_lhotse

    return read_lhotse(arguments.source, arguments.lang)


def _kaldi(arguments: Namespace) -> "Imported":
    from unsup_asr.corpora.formats.kaldi.reading import read_kaldi

    return read_kaldi(arguments.source, arguments.lang)


def _webdataset(arguments: Namespace) -> "Imported":
    from unsup_asr.corpora.formats.webdataset.reading import read_webdataset

    folder = arguments.out.with_name(f"{arguments.out.stem}_files")
    check_new(folder)
    return read_webdataset(arguments.source, folder, arguments.lang)


def _textgrid(arguments: Namespace) -> "Imported":
    from unsup_asr.corpora.formats.textgrid import read_aligned_folder, read_words
    from unsup_asr.data.manifest import read_manifest

    if arguments.manifest is not None:
        return read_words(read_manifest(arguments.manifest), arguments.source)
    return read_aligned_folder(arguments.source, _language(arguments, "say --lang CODE or --manifest FILE"))


def _wav2vec_u(arguments: Namespace) -> "Imported":
    from unsup_asr.corpora.formats.wav2vec_u import read_wav2vec_u

    return read_wav2vec_u(arguments.source, _language(arguments, "say --lang CODE"))


def _language(arguments: Namespace, remedy: str) -> str:
    """The language that must be given, since the source cannot tell it."""
    if arguments.lang is None:
        from unsup_asr.errors import UsageError

        raise UsageError("the language of the speech is not told", remedy=remedy)
    language: str = arguments.lang
    return language


_READERS: dict[str, Callable[[Namespace], "Imported"]] = {
    "nemo": _nemo,
    "lhotse": _lhotse,
    "kaldi": _kaldi,
    "webdataset": _webdataset,
    "textgrid": _textgrid,
    "wav2vec_u": _wav2vec_u,
}
