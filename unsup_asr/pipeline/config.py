"""The configuration of a run: everything that a recipe may differ in."""

from dataclasses import dataclass, field

from unsup_asr.decoding.decoder import DecoderConfig
from unsup_asr.errors import UsageError
from unsup_asr.models.discriminator import DiscriminatorConfig
from unsup_asr.models.generator import GeneratorConfig
from unsup_asr.pipeline.boundary_tuning_config import NONE, HeadTuningConfig
from unsup_asr.pipeline.common_config import CommonConfig
from unsup_asr.pipeline.guarded_training import GuardConfig
from unsup_asr.pipeline.segmenter_choice_config import SegmenterChoiceConfig
from unsup_asr.pipeline.translation_config import TranslationConfig
from unsup_asr.segmentation.config import SegmentationConfig
from unsup_asr.training.boundary_training import DistillationConfig
from unsup_asr.training.cascade import CascadeConfig, LossWeights
from unsup_asr.training.exchanges import ExchangesConfig
from unsup_asr.training.grounded_hubert import GroundedHubertConfig
from unsup_asr.training.loop import LoopConfig
from unsup_asr.training.re_estimation import ReEstimationConfig
from unsup_asr.training.self_training import SelfTrainingConfig
from unsup_asr.training.student_training import StudentConfig

GOLD = "gold"


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
        reordered: whether teachers read what the reordering beam makes of the words, inserted ones and all.
    """

    name: str
    weights: LossWeights
    loop: LoopConfig
    reordered: bool = False


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
class RunConfig(CommonConfig):
    """A run, from speech and pictures to scored text.

    Attributes:
        segmenter: `gold` for the manifest's word times, or a segmenter's name; without
            `segmentation.checkpoint`, `vg_hubert` is trained on the run's own speech and pictures, and
            `boundary_head` learns from `segmentation.teacher`; `auto` chooses one of those in `segmenter_choice`.
        fallback_segmenter: used by `transcribe` where no word times can be had.
        languages: codes of all the languages spoken, where there are several; segments then say their own.
        slots: parts of a segment that its frames are pooled into.
        starts: independent starts, of which the best by label-free score is kept.
        segmentation: what segmenters may differ in.
        segmenter_choice: what `auto` chooses from.
        hubert: as in `CommonConfig`; asked for by `segmenter=vg_hubert`, `segmentation.encoder=miniature_hubert`.
        vg_hubert: training of the VG-HuBERT that grows from it.
        distillation: training of a boundary head.
        boundary_tuning: its fine-tuning in the run.
        exchanges: which phrases that were taken for each other are named anew before they are learned.
        re_estimation: how segments that are no true words are found anew from what is recognised.
        student: the CTC student that learns what the last stage decodes.
        translation: how words in the order of speech become English.
        guard: what is done where training collapses.
        vocabulary, lm, generator, discriminator, cascade, stages, self_training, decoder: the parts.
    """

    segmenter: str = GOLD
    fallback_segmenter: str = "energy"
    languages: list[str] = field(default_factory=list)
    slots: int = 10
    starts: int = 2
    segmentation: SegmentationConfig = field(default_factory=SegmentationConfig)
    segmenter_choice: SegmenterChoiceConfig = field(default_factory=SegmenterChoiceConfig)
    vg_hubert: GroundedHubertConfig = field(default_factory=GroundedHubertConfig)
    distillation: DistillationConfig = field(default_factory=DistillationConfig)
    boundary_tuning: HeadTuningConfig = field(default_factory=HeadTuningConfig)
    vocabulary: VocabularyConfig = field(default_factory=VocabularyConfig)
    lm: LanguageModelConfig = field(default_factory=LanguageModelConfig)
    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    discriminator: DiscriminatorConfig = field(default_factory=DiscriminatorConfig)
    cascade: CascadeConfig = field(default_factory=CascadeConfig)
    stages: list[StageConfig] = field(default_factory=_default_stages)
    exchanges: ExchangesConfig = field(default_factory=ExchangesConfig)
    re_estimation: ReEstimationConfig = field(default_factory=ReEstimationConfig)
    self_training: SelfTrainingConfig = field(default_factory=SelfTrainingConfig)
    student: StudentConfig = field(default_factory=StudentConfig)
    translation: TranslationConfig = field(default_factory=TranslationConfig)
    guard: GuardConfig = field(default_factory=GuardConfig)
    decoder: DecoderConfig = field(default_factory=DecoderConfig)

    def __post_init__(self) -> None:
        if any(stage.reordered for stage in self.stages) and not self.translation.reorder:
            raise UsageError(
                "a stage is reordered, but the run keeps the order of speech",
                where="stages",
                remedy="set translation.reorder=true",
            )

    @property
    def tunes_boundaries(self) -> bool:
        """Whether the boundary head is fine-tuned."""
        return self.boundary_tuning.kind != NONE

    @property
    def re_estimates(self) -> bool:
        """Whether segments are found anew from what is recognised."""
        return self.segmenter != GOLD and self.re_estimation.rounds > 0
