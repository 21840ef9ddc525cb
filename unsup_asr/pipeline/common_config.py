"""What every run that learns stands on, whatever it learns."""

from dataclasses import dataclass, field

from unsup_asr.encoders.log_mel import LogMelConfig
from unsup_asr.pipeline.base_config import BaseConfig
from unsup_asr.training.miniature_clip import MiniatureClipConfig
from unsup_asr.training.miniature_hubert import MiniatureHubertConfig

MINIATURE, MINIATURE_HUBERT, LOG_MEL = "miniature", "miniature_hubert", "log_mel"


@dataclass
class CommonConfig(BaseConfig):
    """A run that learns from a corpus of spoken pictures.

    Attributes:
        seed: of learning; `data.seed` is that of a generated corpus and its CLIP.
        clip: `miniature` to make one of the corpus's own, an open_clip model's name, or a folder of one.
        encoder: `log_mel`, `miniature_hubert` to make one of the corpus's own, or the name or folder of a speech
            encoder of transformers; `:LAYER` after it takes the hidden states of that layer.
        miniature_clip: model and training of the miniature CLIP.
        log_mel: the log-mel encoder.
        hubert: model and training of the miniature HuBERT, where one is asked for.
    """

    seed: int = 0
    clip: str = MINIATURE
    encoder: str = LOG_MEL
    miniature_clip: MiniatureClipConfig = field(default_factory=MiniatureClipConfig)
    log_mel: LogMelConfig = field(default_factory=LogMelConfig)
    hubert: MiniatureHubertConfig = field(default_factory=MiniatureHubertConfig)
