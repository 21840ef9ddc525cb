"""Which segmenters a run chooses from."""

from dataclasses import dataclass, field


@dataclass
class SegmenterChoiceConfig:
    """How `segmenter=auto` chooses.

    Attributes:
        candidates: methods to choose from; true word times are none of them. The default leaves out what is slow
            to train (`vg_hubert`, unless you have one), what imitates another (`boundary_head`), what cannot keep
            the rate of words (`unit_words`), and chance (`uniform`).
    """

    candidates: list[str] = field(default_factory=lambda: ["energy", "prominence", "gradseg", "eskmeans"])
