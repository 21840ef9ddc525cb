"""The segmenters of a run: fitted to its training speech once, and kept in the cache."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from segmenters.speech import Segmenter, Speech
from segmenters.vg_hubert.model import VGHubert
from segmenters.vg_hubert.rate import quantile_at_rate
from unsup_asr.corpora.cache import Corpus, cache_folder, fingerprint, locked
from unsup_asr.data.audio import read_audio
from unsup_asr.data.manifest import Utterance, read_manifest
from unsup_asr.encoders.speech import load_encoder
from unsup_asr.errors import UsageError
from unsup_asr.pipeline.boundary_heads import distil
from unsup_asr.pipeline.config import GOLD, RunConfig
from unsup_asr.pipeline.media import file_state, media_states
from unsup_asr.pipeline.miniature_hubert import MiniatureHuberts, is_miniature
from unsup_asr.pipeline.pictures import PictureEmbedder
from unsup_asr.pipeline.setting_aside import attempt
from unsup_asr.pipeline.vg_huberts import VGHuberts
from unsup_asr.segmentation.config import SegmentationConfig
from unsup_asr.segmentation.methods import FITTED, ON_FRAMES, OWN, STATELESS, TRAINED, check_method
from unsup_asr.segmentation.recipe import SegmenterRecipe
from unsup_asr.segmentation.speech_segmenter import (
    CONFIG,
    RATE,
    SpeechSegmenter,
    attention_layer,
    load_segmenter,
    make_segmenter,
)
from unsup_asr.segmentation.true_words import TrueWords

_VERSION, _HEADS = 2, 3
# Utterances that tell how many segments a quantile gives.
_RATED = 200


@dataclass(frozen=True)
class Segmenters:
    """Makes segmenters by name.

    Attributes:
        config: the run.
        corpus: whose training speech they learn from, without its labels.
        words_per_second: the rate of words.
        pictures: what a VG-HuBERT learns from besides.
        clip_key: names their encoder in cache keys.
    """

    config: RunConfig
    corpus: Corpus
    words_per_second: float
    pictures: PictureEmbedder
    clip_key: str

    def of(self, method: str, utterances: Sequence[Utterance]) -> Segmenter:
        """The segmenter of a method; true word times are those of the utterances given."""
        if method == GOLD:
            return TrueWords({utterance.id: utterance.words for utterance in utterances})
        return self.named(method)

    def named(self, method: str) -> SpeechSegmenter:
        """The segmenter of a method other than true word times, from the cache if it is there.

        Raises:
            UsageError: there is no such method, or its settings are none.
            InputError: an encoder or a checkpoint cannot be used.
            SegmentationError: there is too little training speech for the method.
        """
        check_method(method)
        if not self._learns(method):
            return self._made(method)
        folder = cache_folder() / "segmenters" / f"{method}-{self.key(method)}"
        with locked(folder):
            if not (folder / CONFIG).exists():
                self._made(method).save(folder)
        return load_segmenter(folder, self.config.device)

    def key(self, method: str) -> str | None:
        """A hash of all that the method's segmentations depend on, beside its name and the rate of words.

        None where nothing else matters.
        """
        check_method(method)
        if method == GOLD or method in STATELESS:
            return None
        settings = self.config.segmentation
        made_of: dict[str, Any] = {"version": _VERSION, "settings": asdict(settings)}
        if method in ON_FRAMES:
            encoder = settings.encoder or self.config.encoder
            made_of |= {"encoder": encoder, "log_mel": asdict(self.config.log_mel)}
            if is_miniature(encoder):
                made_of["hubert"] = self._huberts.key()
        if self._learns(method):
            media = media_states(self.config, self.corpus, "train")
            made_of |= {"corpus": self.corpus.key, "media": media, "rate": self.words_per_second}
        if method in TRAINED:
            made_of["checkpoint"] = self._checkpoint_key(method)
        return fingerprint(made_of)

    def training_speech(self) -> list[Speech]:
        """Up to `fit_on` training utterances, spread evenly; those that cannot be read are passed over."""
        utterances = read_manifest(self.corpus.manifest("train"))
        step = max(1, -(-len(utterances) // self.config.segmentation.fit_on))
        read = [attempt(_read, utterance) for utterance in utterances[::step]]
        return [speech for speech in read if isinstance(speech, Speech)]

    @property
    def _teacher(self) -> str:
        teacher = self.config.segmentation.teacher
        if teacher == "boundary_head":
            fault = "a boundary head learns from another segmenter"
            raise UsageError(fault, where="segmentation.teacher", remedy="name one, such as energy")
        return teacher

    @property
    def _huberts(self) -> MiniatureHuberts:
        return MiniatureHuberts(self.config, self.corpus)

    @property
    def _vg_huberts(self) -> VGHuberts:
        return VGHuberts(self.config, self.corpus, self.pictures, self.clip_key, self._huberts)

    def _made(self, method: str) -> SpeechSegmenter:
        settings, own_encoder = self.config.segmentation, None
        encoder = settings.encoder or self.config.encoder
        if method in ON_FRAMES and is_miniature(encoder):
            own_encoder, encoder = self._huberts.folder(), self._huberts.named(encoder)
        if method == "vg_hubert" and settings.checkpoint is None:
            settings = self._grounded()
        if method == "boundary_head" and settings.checkpoint is None:
            settings = replace(settings, checkpoint=str(self._distilled(encoder)))
        recipe = SegmenterRecipe(method, self.words_per_second, encoder, settings, self.config.log_mel)
        speech = self.training_speech() if method in FITTED else ()
        return make_segmenter(recipe, speech, self.config.device, own_encoder)

    def _learns(self, method: str) -> bool:
        """Whether it learns from this run's training speech."""
        own = method in OWN and self.config.segmentation.checkpoint is None
        return method in FITTED or own

    def _grounded(self) -> SegmentationConfig:
        """The settings of the run's own VG-HuBERT; layer and quantile that are not given follow without labels.

        The layer is the first of those drawn anew, as it is in the published VG-HuBERT_3; the quantile is that
        at which words come at the captions' rate.
        """
        settings, folder = self.config.segmentation, self._vg_huberts.folder()
        model = VGHubert.from_pretrained(folder)
        redrawn = self.config.vg_hubert.redrawn
        if settings.layer is None and redrawn:
            settings = replace(settings, layer=model.layers - redrawn)
        if settings.quantile is None:
            speech, layer = self.training_speech()[:_RATED], attention_layer(model, settings)
            quantile = quantile_at_rate(model, layer, speech, self.words_per_second)
            settings = replace(settings, quantile=quantile)
        return replace(settings, checkpoint=str(folder))

    def _distilled(self, encoder: str) -> Path:
        """The folder of the run's own boundary head, distilled from the teacher if it is not there yet."""
        folder = cache_folder() / "boundary_heads" / str(self.key("boundary_head"))
        with locked(folder):
            teacher = self.named(self._teacher)
            heard = load_encoder(encoder, self.config.log_mel, self.config.device)
            seed = int(getattr(self.config.data, "seed", 0))
            speech, rate = self.training_speech(), self.words_per_second
            return distil(self.config.distillation, speech, teacher, heard, rate, folder, seed)

    def _checkpoint_key(self, method: str) -> Any:
        given = self.config.segmentation.checkpoint
        if given is None and method == "boundary_head":
            return [_HEADS, self._teacher, self.key(self._teacher), asdict(self.config.distillation)]
        if given is None:
            return self._vg_huberts.key() if method == "vg_hubert" else None
        path = Path(given)
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        return [str(path.resolve()), *map(file_state, files)]


def _read(utterance: Utterance) -> Speech:
    samples = read_audio(utterance.audio_filepath, RATE, utterance.offset, utterance.duration)
    return Speech(utterance.id, samples, RATE)
