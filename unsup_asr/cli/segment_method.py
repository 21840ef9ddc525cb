"""The segmenter that the words of `unsup-asr segment METHOD …` ask for."""

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from segmenters.speech import Speech
from unsup_asr.cli.device import check_device
from unsup_asr.cli.recordings import Recording
from unsup_asr.encoders.log_mel import LogMelConfig
from unsup_asr.encoders.speech import LOG_MEL, portable_name
from unsup_asr.errors import UsageError
from unsup_asr.pipeline.setting_aside import attempt
from unsup_asr.segmentation.config import SegmentationConfig
from unsup_asr.segmentation.methods import FITTED, RECOGNISED
from unsup_asr.segmentation.recipe import SegmenterRecipe
from unsup_asr.segmentation.speech_segmenter import (
    CONFIG,
    RATE,
    SpeechSegmenter,
    load_segmenter,
    make_segmenter,
)

# Of spoken English descriptions; what is spoken tells it better.
_WORDS_PER_SECOND = 2.5
# Where DIR keeps what was fitted.
_FITTED_FOLDER = "segmenter"
_SETTINGS = ("layer", "quantile", "insertion", "bf16")


def make_asked(arguments: Namespace, heard: Sequence[Recording]) -> SpeechSegmenter:
    """The segmenter; one that has to be fitted is fitted on what is heard, and kept in `DIR/segmenter`.

    Raises:
        UsageError: a device, a checkpoint or a setting cannot be used.
        InputError: an encoder cannot be loaded.
        SegmentationError: there is too little speech to learn from, or a checkpoint is damaged.
    """
    device = vars(arguments).get("device", "cpu")
    check_device(device)
    if arguments.method in (*FITTED, RECOGNISED) and arguments.checkpoint is not None:
        return _fitted(arguments, device)
    if arguments.method not in FITTED:
        return make_segmenter(_recipe(arguments), device=device)
    recipe = _recipe(arguments)
    kept = None if arguments.output_dir is None else arguments.output_dir / _FITTED_FOLDER
    if kept is not None and arguments.skip_existing and (kept / CONFIG).exists():
        return _kept(kept, recipe, device)
    segmenter = make_segmenter(recipe, _speech(heard, recipe.settings.fit_on), device)
    if kept is not None:
        segmenter.save(kept)
    return segmenter


def _recipe(arguments: Namespace) -> SegmenterRecipe:
    """Method and settings as asked for; what is not asked for stays as it is by itself."""
    asked = {name: value for name in _SETTINGS if (value := vars(arguments).get(name)) is not None}
    if (checkpoint := vars(arguments).get("checkpoint")) is not None:
        asked["checkpoint"] = str(checkpoint)
    rate = vars(arguments).get("words_per_second") or _WORDS_PER_SECOND
    encoder = vars(arguments).get("encoder") or LOG_MEL
    return SegmenterRecipe(arguments.method, rate, encoder, SegmentationConfig(**asked), LogMelConfig())


def _fitted(arguments: Namespace, device: str) -> SpeechSegmenter:
    for option in ("words_per_second", "encoder"):
        if vars(arguments).get(option) is not None:
            fault = f"--{option} is that of the fitted segmenter"
            raise UsageError(fault, where="--checkpoint", remedy=f"leave --{option} out, or fit anew")
    segmenter = load_segmenter(Path(arguments.checkpoint), device)
    if segmenter.recipe.method != arguments.method:
        fault = f"holds {segmenter.recipe.method}, not {arguments.method}"
        raise UsageError(fault, where=arguments.checkpoint, remedy="name the method that it holds")
    return segmenter


def _kept(folder: Path, recipe: SegmenterRecipe, device: str) -> SpeechSegmenter:
    """The segmenter that the interrupted run had fitted."""
    segmenter = load_segmenter(folder, device)
    if segmenter.recipe != replace(recipe, encoder=portable_name(recipe.encoder)):
        fault = "was fitted with other settings"
        raise UsageError(fault, where=folder, remedy="say the same as before, or name another --output_dir")
    return segmenter


def _speech(heard: Sequence[Recording], most: int) -> list[Speech]:
    """Up to `most` recordings, spread evenly; those that cannot be read are passed over."""
    step = max(1, -(-len(heard) // most))
    read = [attempt(lambda recording: recording.speech(RATE), recording) for recording in heard[::step]]
    return [speech for speech in read if isinstance(speech, Speech)]
