"""`unsup-asr export nemo|lhotse|kaldi|webdataset|textgrid`: a manifest as other toolkits read it."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unsup_asr.cli.corpus_formats import STATUSES, check_manifest, check_new, tell

if TYPE_CHECKING:
    from unsup_asr.corpora.formats.transfer import Exported

_MEGA = 1 << 20
_DESCRIPTION = "Writes the utterances of MANIFEST as {what}. What that cannot hold is counted on stderr."
_KINDS = {
    "nemo": ("NeMo manifest", "a manifest of NeMo's, into the file OUT; nothing is lost"),
    "lhotse": ("Lhotse manifests", "Lhotse's recordings, supervisions and cuts, into the folder OUT; nothing is "
               "lost: pictures are custom fields"),
    "kaldi": ("Kaldi data folder", "a Kaldi data folder OUT, with word times in ctm, and our ids in ids.jsonl, "
              "since Kaldi's begin with the speaker"),
    "webdataset": ("WebDataset shards", "tar files OUT/000000.tar … with recordings, pictures and JSON"),
    "textgrid": ("TextGrids", "TextGrids in the folder OUT, a file an utterance, with the times of its words"),
}  # fmt: skip


def add_kind(kinds: Any) -> None:
    """Add the kinds to those of `export`."""
    for name, (help, what) in _KINDS.items():
        parser: ArgumentParser = kinds.add_parser(
            name, help=help, description=_DESCRIPTION.format(what=what), epilog=STATUSES
        )
        parser.add_argument("manifest", type=Path, metavar="MANIFEST", help="such as PREPARED/train.jsonl")
        parser.add_argument("out", type=Path, metavar="OUT", help="a new one")
        parser.set_defaults(act=execute, write=_WRITERS[name], form=help)
        if name == "webdataset":
            parser.add_argument("--samples", type=int, metavar="N", help="most utterances of a shard (10000)")
            parser.add_argument("--megabytes", type=int, metavar="M",
                                help="after which a shard is full (1024)")  # fmt: skip


def execute(arguments: Namespace) -> int:
    """Write what is asked for; its name goes to stdout, what was lost to stderr."""
    from unsup_asr.data.manifest import read_manifest

    check_manifest(arguments.manifest)
    check_new(arguments.out)
    exported: Exported = arguments.write(read_manifest(arguments.manifest), arguments)
    print(arguments.out)
    return tell(exported.not_held, exported.left_out, arguments.form)


def _nemo(utterances: Any, arguments: Namespace) -> "Exported":
    from unsup_asr.corpora.formats.nemo import write_nemo

    return write_nemo(utterances, arguments.out)


def _lhotse(utterances: Any, arguments: Namespace) -> "Exported":
    from unsup_asr.corpora.formats.lhotse.writing import write_lhotse

    return write_lhotse(utterances, arguments.out)


def _kaldi(utterances: Any, arguments: Namespace) -> "Exported":
    from unsup_asr.corpora.formats.kaldi.writing import write_kaldi

    return write_kaldi(utterances, arguments.out)


def _webdataset(utterances: Any, arguments: Namespace) -> "Exported":
    from unsup_asr.corpora.formats.webdataset.writing import ShardConfig, write_webdataset

    given = {
        "samples": arguments.samples,
        "bytes": None if arguments.megabytes is None else arguments.megabytes * _MEGA,
    }
    config = ShardConfig(**{name: value for name, value in given.items() if value is not None})
    return write_webdataset(utterances, arguments.out, config)


def _textgrid(utterances: Any, arguments: Namespace) -> "Exported":
    from unsup_asr.corpora.formats.textgrid import write_textgrids

    return write_textgrids(utterances, arguments.out)


_WRITERS: dict[str, Callable[[Any, Namespace], "Exported"]] = {
    "nemo": _nemo,
    "lhotse": _lhotse,
    "kaldi": _kaldi,
    "webdataset": _webdataset,
    "textgrid": _textgrid,
}
