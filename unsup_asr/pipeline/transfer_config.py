"""The configuration of a run that learns nothing: a model trained elsewhere decodes a test set."""

from dataclasses import dataclass, field

from unsup_asr.corpora.evaluation_set import EvaluationSetConfig
from unsup_asr.pipeline.base_config import BaseConfig


@dataclass
class TransferConfig(BaseConfig):
    """Decode and score.

    Attributes:
        model: a run folder, or the `model` folder in it.
        segmenter: finds the words: `gold` for the manifest's word times, another method, the folder of a fitted
            segmenter, or a file of word times; the model's own if None.
        data: what is decoded.
    """

    model: str | None = None
    segmenter: str | None = None
    data: EvaluationSetConfig = field(default_factory=EvaluationSetConfig)
