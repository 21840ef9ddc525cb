"""The sizes of a VG-HuBERT, as they stand in its config.json."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers import HubertConfig

from segmenters.errors import SegmentationError

MODEL_TYPE = "vg_hubert"


@dataclass(frozen=True)
class VGHubertConfig:
    """What a VG-HuBERT is made of.

    Attributes:
        hubert: the speech encoder, of any size.
        joint_size: E, channels of the space that speech and pictures share; None without heads.
        image_size: channels of a picture's embedding; None where the picture side has no head.
    """

    hubert: HubertConfig
    joint_size: int | None = None
    image_size: int | None = None

    def __post_init__(self) -> None:
        if self.image_size is not None and self.joint_size is None:
            raise SegmentationError("image_size is given without joint_size", remedy="give both")

    def write(self, path: Path) -> None:
        """Write as JSON."""
        content = {
            "model_type": MODEL_TYPE,
            "joint_size": self.joint_size,
            "image_size": self.image_size,
            "hubert": self.hubert.to_diff_dict(),
        }
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "VGHubertConfig":
        """Read what `write` wrote.

        Raises:
            SegmentationError: it is missing, or describes another kind of model.
        """
        try:
            content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            found = content["model_type"]
            if found != MODEL_TYPE:
                fault = f"describes a {found}, expected {MODEL_TYPE}"
                raise SegmentationError(fault, where=path, remedy="import the checkpoint")
            return cls(HubertConfig(**content["hubert"]), content["joint_size"], content["image_size"])
        except SegmentationError:
            raise
        except (OSError, ValueError, KeyError, TypeError) as error:
            fault = f"no configuration of a VG-HuBERT: {type(error).__name__}: {error}"
            remedy = "give a folder that `unsup-asr import vg_hubert` or save_pretrained wrote"
            raise SegmentationError(fault, where=path, remedy=remedy) from error


def plain_hubert_config(**sizes: Any) -> HubertConfig:
    """A HuBERT's configuration without the masking of its pre-training, which needs a weight of its own."""
    return HubertConfig(**sizes, mask_time_prob=0.0, mask_feature_prob=0.0, attn_implementation="sdpa")
