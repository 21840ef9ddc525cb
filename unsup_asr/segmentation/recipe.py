"""What it takes to make a segmenter again, apart from what it has learned."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from unsup_asr.encoders.log_mel import LogMelConfig
from unsup_asr.segmentation.config import SegmentationConfig


@dataclass(frozen=True)
class SegmenterRecipe:
    """A segmenter's method and settings.

    Attributes:
        method: its name.
        words_per_second: the rate of words, for methods that need one; from statistics, never from labels.
        encoder: of frames, as `load_encoder` takes it.
        settings: what else it may differ in.
        log_mel: the configuration of the encoder `log_mel`.
    """

    method: str
    words_per_second: float
    encoder: str
    settings: SegmentationConfig
    log_mel: LogMelConfig

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "SegmenterRecipe":
        """The same from what `to_json` gave."""
        parts = {
            "settings": SegmentationConfig(**values["settings"]),
            "log_mel": LogMelConfig(**values["log_mel"]),
        }
        return cls(**{**values, **parts})
