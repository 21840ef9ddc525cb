"""What every run stands on, whatever it learns."""

from dataclasses import dataclass, field
from typing import Any

from unsup_asr.encoders.log_mel import LogMelConfig
from unsup_asr.training.miniature_clip import MiniatureClipConfig
from unsup_asr.training.miniature_hubert import MiniatureHubertConfig

MINIATURE, MINIATURE_HUBERT, LOG_MEL = "miniature", "miniature_hubert", "log_mel"


@dataclass
class CommonConfig:
    """A run on a corpus of spoken pictures.

    Attributes:
        recipe: name of the recipe; the run folder is named after it.
        language: code of the spoken language.
        task: `asr` where speech is English, `translation` where it is not.
        seed: of learning; `data.seed` is that of a generated corpus and its CLIP.
        device: where torch computes.
        run_dir: the run folder; `runs/RECIPE@overrides` unless given.
        clip: `miniature` to make one of the corpus's own, an open_clip model's name, or a folder of one.
        encoder: `log_mel`, or the name or folder of a speech encoder of transformers.
        data: the corpus: a configuration of `corpora`.
        miniature_clip: model and training of the miniature CLIP.
        log_mel: the log-mel encoder.
        hubert: model and training of the miniature HuBERT, where one is asked for.
    """

    recipe: str = "generic"
    language: str = "en"
    task: str = "asr"
    seed: int = 0
    device: str = "cpu"
    run_dir: str | None = None
    clip: str = MINIATURE
    encoder: str = LOG_MEL
    data: Any = None
    miniature_clip: MiniatureClipConfig = field(default_factory=MiniatureClipConfig)
    log_mel: LogMelConfig = field(default_factory=LogMelConfig)
    hubert: MiniatureHubertConfig = field(default_factory=MiniatureHubertConfig)
