"""Words that recur: boundaries and a lexicon of acoustic clusters, each found from the other in turn.

ES-KMeans: Kamper, Livescu & Goldwater, "An Embedded Segmental K-Means Model for Unsupervised Segmentation and
Clustering of Speech", ASRU 2017; ES-KMeans+: Malan, van Niekerk & Kamper 2024.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from segmenters.errors import SegmentationError
from segmenters.fitted import load_fitted, save_fitted
from segmenters.frame_cuts import cut, frame_values
from segmenters.kmeans import kmeans, nearest, refine
from segmenters.pca import PCA, fit_pca
from segmenters.segmental import batches, viterbi, viterbi_at_count
from segmenters.segmentation import Segmentation
from segmenters.span_lattice import SpanLattice, span_lattice
from segmenters.speech import Frames, FrameSegmenter

_METHOD = "eskmeans"
# Frames whose spans are laid out at once.
_POSITIONS = 1 << 19


@dataclass(frozen=True, slots=True)
class ESKMeansConfig:
    """How words are embedded, clustered and chosen.

    Attributes:
        words_per_second: words wanted over all utterances together, from statistics of the language.
        clusters: entries of the lexicon.
        width: principal components of a frame that are kept.
        parts: a word is embedded as the means of so many equal parts of it; 1 is ES-KMeans+, about 10 keep
            the order of sounds as ES-KMeans' downsampling does.
        longest: most seconds of a word, unless two candidate boundaries lie further apart.
        rounds: of cutting anew and clustering anew.
        clustering_rounds: of k-means at the start; each later round adds one.
        seed: of the clusters' start.
    """

    words_per_second: float
    clusters: int = 1000
    width: int = 250
    parts: int = 1
    longest: float = 1.0
    rounds: int = 5
    clustering_rounds: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        counts = (self.clusters, self.width, self.parts, self.rounds, self.clustering_rounds)
        if not (self.words_per_second > 0 and self.longest > 0 and min(counts) > 0):
            raise SegmentationError(f"{self} is out of bounds", remedy="rates, times and counts > 0")


@dataclass(frozen=True, slots=True, eq=False)
class ESKMeans:
    """A fitted segmenter.

    Attributes:
        config: its settings.
        candidates: proposes the boundaries to choose from, more than there are words.
        pca: narrows frames.
        centres: [K, parts · width], the lexicon.
        price: what each word costs, in seconds of squared distance; it sets the rate.
    """

    config: ESKMeansConfig
    candidates: FrameSegmenter
    pca: PCA
    centres: Tensor
    price: float

    def segment(self, utterances: Sequence[Frames]) -> list[Segmentation]:
        """Cut at those candidate boundaries that make the words most like the lexicon's; see `FrameSegmenter`."""
        found: dict[int, Segmentation] = {}
        for batch in batches([len(frames.values) for frames in utterances], _POSITIONS):
            found.update(zip(batch, self._segment([utterances[n] for n in batch]), strict=True))
        return [found[n] for n in range(len(utterances))]

    def save(self, folder: str | Path) -> None:
        """Write what was fitted into a folder; the candidates' segmenter is not part of it."""
        tensors = {"mean": self.pca.mean, "components": self.pca.components, "centres": self.centres}
        price = torch.tensor(self.price, dtype=torch.float64)
        save_fitted(folder, _METHOD, asdict(self.config), {**tensors, "price": price})

    @classmethod
    def load(cls, folder: str | Path, candidates: FrameSegmenter) -> "ESKMeans":
        """Read what `save` wrote, to be used with the same kind of candidates."""
        config, tensors = load_fitted(folder, _METHOD)
        pca = PCA(tensors["mean"], tensors["components"])
        return cls(ESKMeansConfig(**config), candidates, pca, tensors["centres"], float(tensors["price"]))

    def _segment(self, utterances: Sequence[Frames]) -> list[Segmentation]:
        lattice = _lattice(utterances, self.candidates, self.pca, self.config)
        ends = viterbi(span_costs(lattice, self.centres, self.config.parts) + self.price, lattice.lengths)
        settings = asdict(self.config)
        return [
            cut(frames, boundaries, _METHOD, settings)
            for frames, boundaries in zip(utterances, lattice.boundaries(ends), strict=True)
        ]


def fit_eskmeans(
    utterances: Sequence[Frames], config: ESKMeansConfig, candidates: FrameSegmenter
) -> ESKMeans:
    """Learn a lexicon from unlabelled utterances.

    Args:
        utterances: the more of a word's occurrences, the better.
        config: see there.
        candidates: proposes the boundaries to choose from, two or three times as many as there are words.

    Raises:
        SegmentationError: an utterance cannot be used, or there are fewer words than clusters.
    """
    if not utterances:
        raise SegmentationError("there is no utterance to learn from", remedy="give some")
    width = utterances[0].values.shape[-1]
    pca = fit_pca(
        torch.from_numpy(np.concatenate([frame_values(f, width) for f in utterances])), config.width
    )
    lattice = _lattice(utterances, candidates, pca, config)
    words = round(config.words_per_second * sum(frames.duration for frames in utterances))
    ends = viterbi(_evenness(lattice, 1 / config.words_per_second), lattice.lengths)
    centres = kmeans(
        lattice.embed(lattice.chosen(ends), config.parts),
        config.clusters,
        config.clustering_rounds,
        config.seed,
    )
    for _ in range(config.rounds):
        ends, price = viterbi_at_count(span_costs(lattice, centres, config.parts), lattice.lengths, words)
        centres = refine(lattice.embed(lattice.chosen(ends), config.parts), centres, 1)
    return ESKMeans(config, candidates, pca, centres, price)


def span_costs(lattice: SpanLattice, centres: Tensor, parts: int) -> npt.NDArray[np.float64]:
    """Seconds of each span times its squared distance to the nearest centre: [U, C, L], for `viterbi`."""
    distances = [nearest(lattice.embed(block, parts), centres)[1] for block in lattice.blocks()]
    return lattice.table(lattice.seconds * torch.cat(distances).numpy())


def _evenness(lattice: SpanLattice, seconds: float) -> npt.NDArray[np.float64]:
    """Costs that make words as long as the rate says: where the first lexicon is taken from."""
    return lattice.table((lattice.seconds - seconds) ** 2)


def _lattice(
    utterances: Sequence[Frames], candidates: FrameSegmenter, pca: PCA, config: ESKMeansConfig
) -> SpanLattice:
    width = len(pca.mean)
    values = [pca(torch.from_numpy(frame_values(frames, width))) for frames in utterances]
    return span_lattice(utterances, values, candidates.segment(utterances), config.longest)
