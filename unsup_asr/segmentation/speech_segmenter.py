"""A segmenter of waveforms by name, with all that it takes to keep it in a folder."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from segmenters.boundary_head import BoundaryHead
from segmenters.boundary_peaks import HeadSegmenter, PeakConfig
from segmenters.energy import EnergyConfig, EnergySegmenter
from segmenters.eskmeans import ESKMeans
from segmenters.gradseg import GradSeg
from segmenters.prominence import Prominence, ProminenceConfig
from segmenters.recognised.recogniser import Recogniser
from segmenters.segmentation import Segmentation
from segmenters.speech import FrameSegmenter, Segmenter, Speech
from segmenters.uniform import UniformSegmenter
from segmenters.unit_words import UnitWords
from segmenters.vg_hubert.attention import AttentionConfig
from segmenters.vg_hubert.model import VGHubert
from segmenters.vg_hubert.segmenter import VGHubertSegmenter, VGHubertSegmenterConfig
from unsup_asr.encoders.speech import SpeechEncoder, load_encoder, portable_name
from unsup_asr.errors import InputError, UsageError
from unsup_asr.files import read_json, write_json
from unsup_asr.segmentation.config import SegmentationConfig
from unsup_asr.segmentation.encoded import EncodedSegmenter, RecognisedWords, RecurringWords
from unsup_asr.segmentation.learned import LEARNED, Learned, dips, fit, read_learned, write_learned
from unsup_asr.segmentation.methods import FITTED, ON_FRAMES, TRAINED, check_method
from unsup_asr.segmentation.recipe import SegmenterRecipe

# Samples per second that every segmenter hears.
RATE = 16000
_NAME_CHECKPOINT = "say --checkpoint FOLDER; in a run, segmentation.checkpoint=FOLDER"
PUBLISHED = AttentionConfig()
# Least probability of a boundary head's peaks. The rate of words picks among them, since a head is less sure of
# voices that it has not heard.
_LEAST = 0.1
CONFIG, _ENCODER = "segmenter_config.json", "encoder"


@dataclass(frozen=True)
class SpeechSegmenter:
    """A segmenter that is ready.

    Attributes:
        recipe: its method and settings.
        learned: what it has learned, if anything.
        segmenter: what does the work, on waveforms at `RATE`.
        own_encoder: folder of a speech encoder that is kept with it; None where a name is enough.
    """

    recipe: SegmenterRecipe
    learned: Learned | None
    segmenter: Segmenter
    own_encoder: Path | None = None

    def segment(self, utterances: Sequence[Speech]) -> list[Segmentation]:
        """One segmentation an utterance, in their order.

        Raises:
            SegmentationError: naming the utterance that cannot be cut.
        """
        return self.segmenter.segment(utterances)

    def save(self, folder: Path) -> None:
        """Write all that `load_segmenter` needs; the folder can be moved anywhere."""
        folder.mkdir(parents=True, exist_ok=True)
        # It goes first and comes last: a folder with it holds a whole segmenter.
        (folder / CONFIG).unlink(missing_ok=True)
        if self.learned is not None:
            write_learned(self.learned, folder / LEARNED)
        encoder = portable_name(self.recipe.encoder)
        if self.own_encoder is not None:
            if self.own_encoder.resolve() != (folder / _ENCODER).resolve():
                shutil.copytree(self.own_encoder, folder / _ENCODER, dirs_exist_ok=True)
            encoder = _named_within(self.recipe.encoder, self.own_encoder, Path(_ENCODER))
        settings = replace(self.recipe.settings, checkpoint=None)
        write_json(folder / CONFIG, replace(self.recipe, encoder=encoder, settings=settings).to_json())


def make_segmenter(
    recipe: SegmenterRecipe,
    speech: Sequence[Speech] = (),
    device: str = "cpu",
    own_encoder: Path | None = None,
) -> SpeechSegmenter:
    """A segmenter of a method, made anew.

    Args:
        recipe: method and settings.
        speech: unlabelled, for the methods of `FITTED` to learn from.
        device: where encoders and models compute.
        own_encoder: the folder of the recipe's encoder, if the encoder is to be kept with the segmenter.

    Raises:
        UsageError: there is no such method, it cannot be made (true words have no recipe), or it needs a
            checkpoint.
        InputError: the encoder cannot be loaded.
        SegmentationError: the checkpoint cannot be used, or there is too little speech.
    """
    check_method(recipe.method)
    encoder = _encoder(recipe, device)
    learned: Learned | None = None
    if recipe.method in TRAINED:
        learned = read_learned(recipe.method, _checkpoint(recipe))
    elif recipe.method in FITTED:
        assert encoder is not None
        learned = fit(recipe, encoder, speech)
    return _assembled(recipe, learned, encoder, device, own_encoder)


def recognising(recipe: SegmenterRecipe, recogniser: Recogniser, encoder: SpeechEncoder) -> SpeechSegmenter:
    """A recogniser that a run has trained, as a segmenter.

    Args:
        recipe: with the run's rate and encoder.
        recogniser: trained.
        encoder: of the frames that it reads.
    """
    return SpeechSegmenter(recipe, recogniser, RecognisedWords(encoder, recogniser, recipe.words_per_second))


def make_unlearned(recipe: SegmenterRecipe, device: str = "cpu") -> SpeechSegmenter:
    """A segmenter of a method that learns nothing.

    Raises:
        UsageError: there is no such method, or it has to learn first.
        InputError: the encoder cannot be loaded.
    """
    if recipe.method in (*FITTED, *TRAINED):
        fault = f"{recipe.method} has to learn before it finds words"
        raise UsageError(fault, where="segmenter", remedy="give the folder of one that has")
    return make_segmenter(recipe, device=device)


def load_segmenter(folder: Path, device: str = "cpu") -> SpeechSegmenter:
    """Read what `SpeechSegmenter.save` wrote.

    Raises:
        InputError: there is no segmenter, or its encoder cannot be loaded.
        SegmentationError: what it learned is missing or damaged.
    """
    try:
        recipe = SegmenterRecipe.from_json(read_json(folder / CONFIG))
        check_method(recipe.method, where=str(folder / CONFIG))
    except (OSError, ValueError, TypeError, KeyError) as error:
        fault = f"no segmenter can be read from it: {type(error).__name__}: {error}"
        raise InputError(fault, where=folder, remedy="give the folder of a fitted segmenter") from error
    own = folder / _ENCODER if (folder / _ENCODER).is_dir() else None
    if own is not None:
        recipe = replace(recipe, encoder=_named_within(recipe.encoder, Path(_ENCODER), own))
    learns = recipe.method in (*FITTED, *TRAINED)
    learned = read_learned(recipe.method, folder / LEARNED) if learns else None
    return _assembled(recipe, learned, _encoder(recipe, device), device, own)


def attention_layer(model: VGHubert, settings: SegmentationConfig) -> int:
    """Whose attention counts: the layer that is asked for, or three quarters up."""
    return 3 * model.layers // 4 if settings.layer is None else settings.layer


def _assembled(
    recipe: SegmenterRecipe,
    learned: Learned | None,
    encoder: SpeechEncoder | None,
    device: str,
    own_encoder: Path | None,
) -> SpeechSegmenter:
    segmenter = (
        _on_waveforms(recipe, learned, device) if encoder is None else _on_frames(recipe, learned, encoder)
    )
    return SpeechSegmenter(recipe, learned, segmenter, own_encoder)


def _on_waveforms(recipe: SegmenterRecipe, learned: Learned | None, device: str) -> Segmenter:
    if isinstance(learned, VGHubert):
        settings = recipe.settings
        attention = AttentionConfig(
            layer=attention_layer(learned, settings),
            quantile=PUBLISHED.quantile if settings.quantile is None else settings.quantile,
            insertion=settings.insertion,
        )
        config = VGHubertSegmenterConfig(attention, bf16=settings.bf16, device=device)
        return VGHubertSegmenter(learned, config)
    match recipe.method:
        case "energy":
            return EnergySegmenter(EnergyConfig(recipe.words_per_second))
        case "uniform":
            return UniformSegmenter(recipe.words_per_second)
    fault = f"{recipe.method!r} cannot be made of settings"
    raise UsageError(fault, where="segmenter", remedy="give utterances with word times")


def _on_frames(recipe: SegmenterRecipe, learned: Learned | None, encoder: SpeechEncoder) -> Segmenter:
    frames: FrameSegmenter
    match learned:
        case ESKMeans():
            return RecurringWords(encoder, learned, dips(recipe))
        case Recogniser():
            return RecognisedWords(encoder, learned, recipe.words_per_second)
        case BoundaryHead():
            frames = HeadSegmenter(learned, PeakConfig(_LEAST, words_per_second=recipe.words_per_second))
        case GradSeg() | UnitWords():
            frames = learned
        case _:
            frames = Prominence(ProminenceConfig(recipe.words_per_second))
    return EncodedSegmenter(encoder, frames)


def _encoder(recipe: SegmenterRecipe, device: str) -> SpeechEncoder | None:
    """The encoder that the method needs, if it needs one."""
    if recipe.method not in ON_FRAMES:
        return None
    encoder = load_encoder(recipe.encoder, recipe.log_mel, device)
    assert encoder.rate == RATE
    return encoder


def _checkpoint(recipe: SegmenterRecipe) -> Path:
    if recipe.settings.checkpoint is None:
        fault = f"{recipe.method} needs a checkpoint"
        raise UsageError(fault, where="segmenter", remedy=_NAME_CHECKPOINT)
    return Path(recipe.settings.checkpoint)


def _named_within(name: str, folder: Path, other: Path) -> str:
    """The name of an encoder, `FOLDER` or `FOLDER:LAYER`, with another folder."""
    return f"{other}{name.removeprefix(str(folder))}"
