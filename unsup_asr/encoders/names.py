"""`MODEL:LAYER`, the name of a speech encoder."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EncoderName:
    """What `MODEL:LAYER` or `MODEL` says.

    Attributes:
        model: `log_mel`, a name on the Hugging Face hub, or a folder.
        layer: whose hidden states; None is the model's output.
    """

    model: str
    layer: int | None = None

    @classmethod
    def parse(cls, name: str) -> "EncoderName":
        """Read a name; what follows the last colon is a layer if it is a number."""
        model, colon, layer = name.rpartition(":")
        return cls(model, int(layer)) if colon and layer.isdecimal() else cls(name)

    def __str__(self) -> str:
        return self.model if self.layer is None else f"{self.model}:{self.layer}"
