"""Words as recurring strings of phone-like units: DPDP's units, cut by a multigram lexicon.

Where Kamper 2022 scores words with an auto-encoding recurrent network, a lexicon with probabilities does it
here.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch

from segmenters.dpdp import DPDP, DPDPConfig, fit_dpdp
from segmenters.errors import SegmentationError
from segmenters.fitted import load_fitted, save_fitted
from segmenters.frame_cuts import cut
from segmenters.multigram import Indices, Multigram, MultigramConfig, fit_multigram
from segmenters.segmentation import Segmentation
from segmenters.speech import Frames

_METHOD = "unit_words"


@dataclass(frozen=True, slots=True)
class UnitWordsConfig:
    """Units, and words of them.

    Attributes:
        words_per_second: words wanted over all utterances together, from statistics of the language.
        units: how units are found; coarse ones, so that words recur as the same string.
        longest: most units of a word.
        least_count: strings of units that occur less often are no words, single units aside.
        concentration: how readily rare strings become words (see `MultigramConfig`).
        rounds: of EM.
    """

    words_per_second: float
    units: DPDPConfig = field(default_factory=lambda: DPDPConfig(codes=50, duration_weight=8.0))
    longest: int = 12
    least_count: int = 3
    concentration: float = 100.0
    rounds: int = 20

    def __post_init__(self) -> None:
        if not self.words_per_second > 0:
            raise SegmentationError(
                f"words_per_second is {self.words_per_second}", remedy="give a rate above 0"
            )


@dataclass(frozen=True, slots=True, eq=False)
class UnitWords:
    """A fitted segmenter.

    Attributes:
        config: its settings.
        units: finds units.
        lexicon: of strings of them; its price sets the rate.
    """

    config: UnitWordsConfig
    units: DPDP
    lexicon: Multigram

    def segment(self, utterances: Sequence[Frames]) -> list[Segmentation]:
        """Cut into the likeliest words; see `FrameSegmenter`."""
        found = self.units.units(utterances)
        masks = self.lexicon.segment([units.codes for units in found])
        settings = asdict(self.config)
        return [
            cut(frames, units.ends[mask], _METHOD, settings)
            for frames, units, mask in zip(utterances, found, masks, strict=True)
        ]

    def save(self, folder: str | Path) -> None:
        """Write it into a folder."""
        tensors = {
            "codebook": self.units.codebook,
            "weight": torch.tensor(self.units.weight, dtype=torch.float64),
            "keys": torch.from_numpy(self.lexicon.keys),
            "scores": torch.from_numpy(self.lexicon.scores),
            "price": torch.tensor(self.lexicon.price, dtype=torch.float64),
        }
        save_fitted(folder, _METHOD, asdict(self.config), tensors)

    @classmethod
    def load(cls, folder: str | Path) -> "UnitWords":
        """Read what `save` wrote."""
        description, tensors = load_fitted(folder, _METHOD)
        config = UnitWordsConfig(**{**description, "units": DPDPConfig(**description["units"])})
        units = DPDP(config.units, tensors["codebook"], float(tensors["weight"]))
        keys, scores = tensors["keys"].numpy(), tensors["scores"].numpy()
        lexicon = Multigram(config.units.codes, config.longest, keys, scores, float(tensors["price"]))
        return cls(config, units, lexicon)


def fit_unit_words(utterances: Sequence[Frames], config: UnitWordsConfig) -> UnitWords:
    """Learn units, then words of them, from unlabelled utterances.

    Raises:
        SegmentationError: an utterance cannot be used, or there are fewer frames than codes.
    """
    dpdp = fit_dpdp(utterances, config.units)
    strings = [units.codes for units in dpdp.units(utterances)]
    words = round(config.words_per_second * sum(frames.duration for frames in utterances))
    lexicon = fit_multigram(strings, config.units.codes, _lexicon_config(config, strings, words))
    return UnitWords(config, dpdp, lexicon.priced(strings, words))


def _lexicon_config(config: UnitWordsConfig, strings: Sequence[Indices], words: int) -> MultigramConfig:
    mean_length = sum(len(string) for string in strings) / max(1, words)
    return MultigramConfig(
        mean_length, config.longest, config.least_count, config.concentration, config.rounds
    )
