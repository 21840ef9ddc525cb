"""How a run comes from words in the order of speech to English; nothing of it, unless a recipe asks for it."""

from dataclasses import dataclass, field

from unsup_asr.decoding.reordering import ReorderingConfig
from unsup_asr.decoding.rewriting import RewritingConfig
from unsup_asr.models.denoiser import DenoiserConfig
from unsup_asr.training.denoising import DenoisingConfig
from unsup_asr.training.noise import NoiseConfig


@dataclass
class TranslationConfig:
    """Both parts come after all training of generators, in this order; the student's words go through them, too.

    Attributes:
        reorder: whether words are brought into the order of English: in the output, and wherever the training
            speech is decoded to learn from.
        denoise: whether a denoiser is trained on the captions and writes the output anew.
        reordering: the beam.
        teaching_beam: hypotheses that it keeps where teachers read its texts, update after update.
        denoiser: the network.
        noise: what captions are made worse by.
        confusable: entries that the noise may take a word for, from the decoded training speech.
        denoising: training of the network.
        rewriting: how far it may leave its source.
    """

    reorder: bool = False
    denoise: bool = False
    reordering: ReorderingConfig = field(default_factory=ReorderingConfig)
    teaching_beam: int = 8
    denoiser: DenoiserConfig = field(default_factory=DenoiserConfig)
    noise: NoiseConfig = field(default_factory=NoiseConfig)
    confusable: int = 8
    denoising: DenoisingConfig = field(default_factory=DenoisingConfig)
    rewriting: RewritingConfig = field(default_factory=RewritingConfig)

    @property
    def wanted(self) -> bool:
        """Whether any of it is."""
        return self.reorder or self.denoise
