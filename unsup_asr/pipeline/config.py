"""The configuration of a run: everything that a recipe may differ in."""

from dataclasses import dataclass, field
from typing import Any

from unsup_asr.decoding.decoder import DecoderConfig
from unsup_asr.encoders.log_mel import LogMelConfig
from unsup_asr.models.discriminator import DiscriminatorConfig
from unsup_asr.models.generator import GeneratorConfig
from unsup_asr.segmentation.config import SegmentationConfig
from unsup_asr.training.boundary_training import DistillationConfig
from unsup_asr.training.cascade import CascadeConfig, LossWeights
from unsup_asr.training.grounded_hubert import GroundedHubertConfig
from unsup_asr.training.loop import LoopConfig
from unsup_asr.training.miniature_clip import MiniatureClipConfig
from unsup_asr.training.miniature_hubert import MiniatureHubertConfig
from unsup_asr.training.re_estimation import ReEstimationConfig
from unsup_asr.training.self_training import SelfTrainingConfig

MINIATURE, MINIATURE_HUBERT, LOG_MEL, GOLD = "miniature", "miniature_hubert", "log_mel", "gold"


@dataclass
class VocabularyConfig:
    """What can be written down.

    Attributes:
        max_pieces: words of more CLIP pieces are left out.
        min_count: words that the captions use less often are left out.
    """

    max_pieces: int = 3
    min_count: int = 1


@dataclass
class LanguageModelConfig:
    """The n-gram model of the captions.

    Attributes:
        order: longest n-gram.
        prune: thresholds by order, as lmplz takes them.
    """

    order: int = 4
    prune: list[int] = field(default_factory=list)


@dataclass
class StageConfig:
    """One stage of training with the teachers; each goes on from the one before, start by start.

    Attributes:
        name: as it stands in `results.json`.
        weights: what each teacher's correction weighs.
        loop: its length.
    """

    name: str
    weights: LossWeights
    loop: LoopConfig


def _default_stages() -> list[StageConfig]:
    return [
        StageConfig("semantic", LossWeights(semantic=1.0), LoopConfig(100, 100, 20)),
        StageConfig(
            "language_model", LossWeights(semantic=1.0, bigram=0.3, unigram=2.0), LoopConfig(200, 100, 20)
        ),
        StageConfig(
            "adversarial",
            LossWeights(semantic=1.0, bigram=0.3, unigram=2.0, adversarial=0.3),
            LoopConfig(100, 100, 20),
        ),
    ]


@dataclass
class RunConfig:
    """A run, from speech and pictures to scored text.

    Attributes:
        recipe: name of the recipe; the run folder is named after it.
        language: code of the spoken language.
        task: `asr` where speech is English, `translation` where it is not.
        seed: of learning; `data.seed` is that of a generated corpus and its CLIP.
        device: where torch computes.
        run_dir: the run folder; `runs/RECIPE@overrides` unless given.
        segmenter: `gold` for the manifest's word times, or a segmenter's name; without
            `segmentation.checkpoint`, `vg_hubert` is trained on the run's own speech and pictures, and
            `boundary_head` learns from `segmentation.teacher`.
        fallback_segmenter: used by `transcribe` where no word times can be had.
        clip: `miniature` to make one of the corpus's own, an open_clip model's name, or a folder of one.
        encoder: `log_mel`, or the name or folder of a speech encoder of transformers.
        slots: parts of a segment that its frames are pooled into.
        starts: independent starts, of which the best by label-free score is kept.
        data: the corpus: a configuration of `corpora`.
        miniature_clip: model and training of the miniature CLIP.
        log_mel: the log-mel encoder.
        segmentation: what segmenters may differ in.
        hubert: model and training of the miniature HuBERT, for `segmenter=vg_hubert` and
            `segmentation.encoder=miniature_hubert`.
        vg_hubert: training of the VG-HuBERT that grows from it.
        distillation: training of a boundary head.
        re_estimation: how segments that are no true words are found anew from what is recognised.
        vocabulary, lm, generator, discriminator, cascade, stages, self_training, decoder: the parts.
    """

    recipe: str = "generic"
    language: str = "en"
    task: str = "asr"
    seed: int = 0
    device: str = "cpu"
    run_dir: str | None = None
    segmenter: str = GOLD
    fallback_segmenter: str = "energy"
    clip: str = MINIATURE
    encoder: str = LOG_MEL
    slots: int = 10
    starts: int = 2
    data: Any = None
    miniature_clip: MiniatureClipConfig = field(default_factory=MiniatureClipConfig)
    log_mel: LogMelConfig = field(default_factory=LogMelConfig)
    segmentation: SegmentationConfig = field(default_factory=SegmentationConfig)
    hubert: MiniatureHubertConfig = field(default_factory=MiniatureHubertConfig)
    vg_hubert: GroundedHubertConfig = field(default_factory=GroundedHubertConfig)
    distillation: DistillationConfig = field(default_factory=DistillationConfig)
    vocabulary: VocabularyConfig = field(default_factory=VocabularyConfig)
    lm: LanguageModelConfig = field(default_factory=LanguageModelConfig)
    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    discriminator: DiscriminatorConfig = field(default_factory=DiscriminatorConfig)
    cascade: CascadeConfig = field(default_factory=CascadeConfig)
    stages: list[StageConfig] = field(default_factory=_default_stages)
    re_estimation: ReEstimationConfig = field(default_factory=ReEstimationConfig)
    self_training: SelfTrainingConfig = field(default_factory=SelfTrainingConfig)
    decoder: DecoderConfig = field(default_factory=DecoderConfig)

    @property
    def re_estimates(self) -> bool:
        """Whether segments are found anew from what is recognised."""
        return self.segmenter != GOLD and self.re_estimation.rounds > 0
