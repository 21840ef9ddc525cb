"""What segmenters have learned: from speech just heard, or read from disk."""

from collections.abc import Sequence
from pathlib import Path

from segmenters.boundary_head import BoundaryHead
from segmenters.energy import EnergyConfig, EnergySegmenter
from segmenters.errors import SegmentationError
from segmenters.eskmeans import ESKMeans, ESKMeansConfig, fit_eskmeans
from segmenters.given import Given
from segmenters.gradseg import GradSeg, GradSegConfig, fit_gradseg
from segmenters.recognised.recogniser import Recogniser
from segmenters.segmentation import Segmentation
from segmenters.speech import Frames, Speech
from segmenters.unit_words import UnitWords, UnitWordsConfig, fit_unit_words
from segmenters.vg_hubert.convert import convert
from segmenters.vg_hubert.model import VGHubert
from unsup_asr.encoders.speech import SpeechEncoder
from unsup_asr.progress import LOGGER
from unsup_asr.segmentation.batches import segment_each
from unsup_asr.segmentation.encoded import encode
from unsup_asr.segmentation.recipe import SegmenterRecipe

Learned = GradSeg | ESKMeans | UnitWords | BoundaryHead | Recogniser | VGHubert

# Where a segmenter's folder keeps what it has learned.
LEARNED = "learned"
# ES-KMeans chooses among so many times as many boundaries as there are words.
_CANDIDATES = 2.5
_WORDS_PER_CLUSTER, _MOST_CLUSTERS = 10, 1000


def fit(recipe: SegmenterRecipe, encoder: SpeechEncoder, utterances: Sequence[Speech]) -> Learned:
    """Learn from unlabelled speech what a method of `FITTED` needs.

    Args:
        recipe: its method and settings.
        encoder: makes the frames.
        utterances: those that cannot be used are passed over.

    Raises:
        SegmentationError: there is too little speech for the method.
    """
    frames, candidates = _usable(recipe, encoder, utterances)
    LOGGER.info("fitting %s on %d utterances", recipe.method, len(frames))
    rate = recipe.words_per_second
    match recipe.method:
        case "gradseg":
            return fit_gradseg(frames, GradSegConfig(rate))
        case "unit_words":
            return fit_unit_words(frames, UnitWordsConfig(rate))
        case _:
            config = ESKMeansConfig(rate, clusters=_clusters(recipe, frames))
            return fit_eskmeans(frames, config, Given(candidates))


def read_learned(method: str, path: Path) -> Learned:
    """Read what a method has learned.

    Args:
        method: its name.
        path: the folder; of vg_hubert, a published checkpoint will do; of recognised, the segmenter's folder in
            the model of a run, too.

    Raises:
        SegmentationError: there is nothing of that method, or it is damaged.
    """
    match method:
        case "gradseg":
            return GradSeg.load(path)
        case "eskmeans":
            return ESKMeans.load(path, Given(()))
        case "unit_words":
            return UnitWords.load(path)
        case "boundary_head":
            return BoundaryHead.from_pretrained(path)
        case "recognised":
            return Recogniser.load(path / LEARNED if (path / LEARNED).is_dir() else path)
        case _:
            return _published(path) if path.is_file() else VGHubert.from_pretrained(path)


def write_learned(learned: Learned, folder: Path) -> None:
    """Write it so that `read_learned` reads it."""
    if isinstance(learned, BoundaryHead | VGHubert):
        learned.save_pretrained(folder)
    else:
        learned.save(folder)


def dips(recipe: SegmenterRecipe) -> EnergySegmenter:
    """What proposes the boundaries that ES-KMeans chooses from."""
    return EnergySegmenter(EnergyConfig(_CANDIDATES * recipe.words_per_second))


def _published(path: Path) -> VGHubert:
    """The model of a published checkpoint; what the file does not tell is said."""
    converted = convert(path, heads=False)
    for sentence in converted.assumed:
        LOGGER.warning("assumed: %s", sentence)
    return converted.model


def _usable(
    recipe: SegmenterRecipe, encoder: SpeechEncoder, utterances: Sequence[Speech]
) -> tuple[list[Frames], list[Segmentation]]:
    """The frames and the candidate boundaries of the utterances that have both."""
    frames, candidates = [], []
    for speech, found in zip(utterances, segment_each(dips(recipe), utterances), strict=True):
        if isinstance(found, Segmentation):
            encoded = encode(speech, encoder)
            if encoded.values.isfinite().all():
                frames.append(encoded)
                candidates.append(found)
    if not frames:
        fault = f"none of {len(utterances)} utterances can be used to learn from"
        raise SegmentationError(fault, where=recipe.method, remedy="give recordings of speech")
    return frames, candidates


def _clusters(recipe: SegmenterRecipe, frames: Sequence[Frames]) -> int:
    if recipe.settings.clusters is not None:
        return recipe.settings.clusters
    words = recipe.words_per_second * sum(utterance.duration for utterance in frames)
    return max(1, min(_MOST_CLUSTERS, round(words / _WORDS_PER_CLUSTER)))
