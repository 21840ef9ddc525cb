"""`unsup-asr export wav2vec_u`: the corpus of a recipe, as the published wav2vec-U learns from it."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from unsup_asr.cli.status import DONE, IN_PART, list_failed

_DESCRIPTION = """\
Writes the speech and the captions of RECIPE into the folder OUT: features, phones and dictionaries that fairseq's
wav2vec-U trains on, for a baseline on the same data. In place of RECIPE, name a folder that `unsup-asr prepare`
wrote, or a manifest, with data.captions=FILE. Speech must be English, as the captions are, since both become
English phones; espeak-ng tells how words are said."""
# The recipe for one's own data.
_GENERIC = "generic"
# Of the miniature's 4 layers that which lies where the published 15th of 24 does.
_ENCODER = "miniature_hubert:3"


def add_kind(kinds: Any) -> ArgumentParser:
    """Add the kind to those of `export`."""
    parser: ArgumentParser = kinds.add_parser(
        "wav2vec_u", help="a corpus for fairseq's wav2vec-U", description=_DESCRIPTION
    )
    parser.add_argument(
        "recipe", metavar="RECIPE", help="see: unsup-asr recipes; or a prepared folder, or a manifest"
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="a new folder")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="what differs from the recipe")
    parser.add_argument("--encoder", default=_ENCODER, metavar="NAME[:LAYER]",
                        help=f"what hears the speech ({_ENCODER})")  # fmt: skip
    parser.add_argument("--silence", type=float, metavar="P",
                        help="how probable silence is between two words of the text (0.25)")  # fmt: skip
    parser.set_defaults(act=execute)
    return parser


def execute(arguments: Namespace) -> int:
    """Write the folder; its name goes to stdout, what was left out to stderr."""
    from unsup_asr.cli.device import check_device
    from unsup_asr.corpora.cache import prepared
    from unsup_asr.corpora.wav2vec_u.text import TextConfig
    from unsup_asr.errors import UsageError
    from unsup_asr.pipeline.wav2vec_u import Wav2VecUConfig, export

    given = {} if arguments.silence is None else {"silence": arguments.silence}
    settings = Wav2VecUConfig(text=TextConfig(**given))
    if arguments.out.exists() and (not arguments.out.is_dir() or any(arguments.out.iterdir())):
        raise UsageError("exists and is not an empty folder", where=arguments.out, remedy="name a new one")
    config = _config(arguments.recipe, arguments.overrides)
    check_device(config.device)
    corpus = prepared(config.data)
    encoder = _encoder(arguments.encoder, config, corpus)
    set_aside = export(corpus, encoder, settings, arguments.out)
    print(arguments.out)
    list_failed([f"{item.id}: {item.reason}" for item in set_aside])
    return IN_PART if set_aside else DONE


def _config(source: str, overrides: Sequence[str]) -> Any:
    """The configuration of a recipe, or, where no recipe has the name, that of a folder or a manifest."""
    from unsup_asr.cli.configuration import compose
    from unsup_asr.cli.recipes import available_recipes

    path = Path(source)
    if source in available_recipes() or not path.exists():
        return compose(source, overrides)
    key = "folder" if path.is_dir() else "manifest"
    return compose(_GENERIC, [f"data.{key}={path.absolute()}", *overrides])


def _encoder(name: str, config: Any, corpus: Any) -> Any:
    """The encoder of a name; the miniature HuBERT is trained on the corpus, or found in the cache."""
    from unsup_asr.encoders.speech import load_encoder
    from unsup_asr.pipeline.miniature_hubert import MiniatureHuberts

    return load_encoder(MiniatureHuberts(config, corpus).named(name), config.log_mel, config.device)
