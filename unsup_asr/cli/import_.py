"""`unsup-asr import`: published checkpoints to save_pretrained form, other toolkits' corpora to manifests."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from unsup_asr.cli import import_corpus
from unsup_asr.cli.corpus_formats import STATUSES, check_new
from unsup_asr.cli.status import DONE

_DESCRIPTION = """\
Turns published checkpoints (fairseq, vg_hubert, speechclip) into a folder in save_pretrained form, and the
corpora of other toolkits into a manifest. OUT must be new. What was lost, assumed or set aside goes to stderr."""

_VG_HUBERT = """\
Reads best_bundle.pth, bundle.pth or snapshot_N.pth of VG-HuBERT, never running code that a file may carry, and
writes config.json and model.safetensors into the folder OUT. An args.pkl beside FILE tells the number of
attention heads and other things that weights do not show; without it those of HuBERT-base are taken, and named on
stderr."""

_FAIRSEQ = """\
Reads a .pt of fairseq that holds HuBERT, wav2vec 2.0 or data2vec-audio, pre-trained or fine-tuned with CTC, never
running code that the file may carry, and writes config.json, model.safetensors and preprocessor_config.json into
the folder OUT, from which transformers and this program load it. What the file does not say and was assumed, and
what of it was left out, such as heads of its training, is named on stderr."""

_SPEECHCLIP = """\
Reads a .ckpt of SpeechCLIP (parallel or cascaded) or SpeechCLIP+ (hybrid, cascaded+ or hybrid+), base or large,
never running code that the file may carry, and writes the model into the folder OUT: config.json,
model.safetensors and tokens.safetensors, the HuBERT inside into OUT/encoder, from which transformers loads it,
and the CLIP inside into OUT/clip, from which open_clip does. What the file does not say and was assumed, and what
of it was left out, is named on stderr."""


def add_parser(commands: Any) -> ArgumentParser:
    """Add the command."""
    parser: ArgumentParser = commands.add_parser(
        "import",
        help="published checkpoints to save_pretrained form, corpora to manifests",
        description=_DESCRIPTION,
        epilog=STATUSES,
    )
    kinds = parser.add_subparsers(title="kinds", metavar="KIND", required=True)
    fairseq = kinds.add_parser("fairseq", help="checkpoint of a speech encoder", description=_FAIRSEQ)
    fairseq.set_defaults(act=_fairseq)
    vg_hubert = kinds.add_parser("vg_hubert", help="checkpoint of a word segmenter", description=_VG_HUBERT)
    speechclip = kinds.add_parser("speechclip", help="checkpoint of SpeechCLIP", description=_SPEECHCLIP)
    speechclip.set_defaults(act=_speechclip)
    for kind in (fairseq, vg_hubert, speechclip):
        kind.add_argument("file", type=Path, metavar="FILE")
        kind.add_argument("out", type=Path, metavar="OUT")
    vg_hubert.add_argument("--args", type=Path, metavar="FILE", help="its args.pkl (the one beside FILE)")
    vg_hubert.set_defaults(act=_vg_hubert)
    import_corpus.add_kinds(kinds)
    return parser


def execute(arguments: Namespace) -> int:
    """Convert a checkpoint or a corpus; where it now lies goes to stdout."""
    check_new(arguments.out)
    act: Callable[[Namespace], int | None] = arguments.act
    status = act(arguments)
    print(arguments.out)
    return DONE if status is None else status


def _fairseq(arguments: Namespace) -> None:
    from unsup_asr.encoders.fairseq.convert import convert

    converted = convert(arguments.file)
    _tell(converted.assumed, converted.left_out)
    converted.save(arguments.out)


def _vg_hubert(arguments: Namespace) -> None:
    from segmenters.vg_hubert.convert import convert

    converted = convert(arguments.file, arguments.args)
    _tell(converted.assumed, converted.ignored)
    converted.model.save_pretrained(arguments.out)


def _speechclip(arguments: Namespace) -> None:
    from unsup_asr.encoders.clip import Clip
    from unsup_asr.encoders.log_mel import LogMelConfig
    from unsup_asr.models.speech_clip.published.convert import convert
    from unsup_asr.speech_clip import CLIP, ENCODER, SpeechClipModel, SpeechClipSettings

    converted = convert(arguments.file)
    _tell(converted.assumed, converted.left_out)
    converted.encoder.save(arguments.out / ENCODER)
    converted.clip.save(arguments.out / CLIP)
    config, temperature = converted.network.config, converted.temperature
    settings = SpeechClipSettings(config, ENCODER, CLIP, LogMelConfig(), temperature)
    clip = Clip.load(str(arguments.out / CLIP))
    model = SpeechClipModel(settings, converted.network, converted.tokens, converted.speech_encoder, clip)
    model.save_pretrained(arguments.out)


def _tell(assumed: Sequence[str], left_out: Sequence[str]) -> None:
    for sentence in assumed:
        print(f"assumed: {sentence}", file=sys.stderr)
    if left_out:
        print(f"left out: {', '.join(left_out)}", file=sys.stderr)
