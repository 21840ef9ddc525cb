"""The configuration of a SpeechCLIP run: everything that such a recipe may differ in."""

from dataclasses import dataclass, field

from unsup_asr.models.speech_clip.config import SpeechClipConfig
from unsup_asr.pipeline.common_config import CommonConfig
from unsup_asr.training.speech_clip_training import SpeechClipTraining


@dataclass
class SpeechClipRunConfig(CommonConfig):
    """A run that grounds speech in CLIP's space and tells how well; the encoder may be `miniature_hubert`, too.

    Attributes:
        model: which of the family.
        training: how it is trained.
    """

    model: SpeechClipConfig = field(default_factory=SpeechClipConfig)
    training: SpeechClipTraining = field(default_factory=SpeechClipTraining)
