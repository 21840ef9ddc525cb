"""Words found by recognising them: boundaries and words are searched together.

Entries are numbers here. What frames say of them is learned from decoded speech, how they follow each other from
unpaired text: no transcript, no true boundary.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from segmenters.errors import SegmentationError
from segmenters.fitted import load_fitted, save_fitted
from segmenters.recognised.candidates import CandidatesConfig
from segmenters.recognised.frame_words import FrameWords, FrameWordsConfig
from segmenters.recognised.heard import METHOD, Heard, Reading
from segmenters.recognised.joint_search import NULL, joint_search
from segmenters.recognised.word_states import WordStates, candidate_scores, span_scores
from segmenters.speech import Frames


@dataclass
class RecognitionConfig:
    """How boundaries and words are found together.

    Attributes:
        candidates: the boundaries to choose from.
        frame_scale: what the frames' evidence is multiplied with; neighbouring frames say the same.
        lm_scale: what the log-probabilities of the language model are multiplied with.
        silence_price: what a span that yields nothing costs: the log-odds of a pause between two words.
        longest: seconds of the longest word, unless two candidate boundaries lie further apart.
        slots: most stretches between candidate boundaries that a word may fill.
        histories: last words kept at every boundary.
        batch: utterances, or pieces of them, searched at once.
        piece: seconds; longer recordings are read in pieces about so long, each on its own.
    """

    candidates: CandidatesConfig = field(default_factory=CandidatesConfig)
    frame_scale: float = 0.15
    lm_scale: float = 1.0
    silence_price: float = 5.0
    longest: float = 1.0
    slots: int = 12
    histories: int = 32
    batch: int = 32
    piece: float = 30.0


@dataclass(frozen=True)
class Recogniser:
    """What it takes to read frames.

    Attributes:
        config: how.
        model: what frames say of words; only a network is ever written.
        transitions: [V + 1, V + 1], log-probabilities of bigrams, last row start, last column end.
        bonuses: [V], added for each word, so that it comes as often as in captions.
    """

    config: RecognitionConfig
    model: WordStates
    transitions: Tensor
    bonuses: Tensor

    def read(self, utterances: Sequence[Heard], hints: Tensor | None = None) -> list[Reading]:
        """The best reading of every utterance.

        Args:
            utterances: of any number and length.
            hints: [U, V], what is known of the words of each utterance beforehand, as log-scores.
        """
        cut = [each.pieces(self.config.piece, self.model.stride) for each in utterances]
        owners = [row for row, pieces in enumerate(cut) for _ in pieces]
        read = self._read_all(
            [piece.heard for pieces in cut for piece in pieces], None if hints is None else hints[owners]
        )
        parts = iter(read)
        return [Reading.joined(pieces, [next(parts) for _ in pieces]) for pieces in cut]

    @torch.no_grad()
    def scores(self, utterances: Sequence[Frames], spans: Sequence[Tensor]) -> Tensor:
        """What frames, durations and bonuses say of every entry in spans that are given, [N, V].

        Args:
            utterances: of any number and length.
            spans: [n, 2] of each utterance, in seconds; N in all.
        """
        model = self.model.eval()
        scored: list[Tensor] = []
        for frames, own in zip(utterances, spans, strict=True):
            evidence = model.evidence(frames.values[None].to(self.device), [len(frames.values)])
            begin, end = (
                (own.T[:, None].to(self.device) / model.hop).round().long().clamp(max=evidence.shape[1])
            )
            scored += self._weighed(span_scores(evidence, begin, end, model, self.config.frame_scale))
        return torch.cat(scored)

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.model.duration_mean.device

    def save(self, folder: str | Path) -> None:
        """Write all of it.

        Raises:
            TypeError: its model is no network.
        """
        model = self.model
        if not isinstance(model, FrameWords):
            raise TypeError(f"only networks are written, this is {type(model).__name__}")
        described = {
            "recognition": asdict(self.config),
            "model": asdict(model.config),
            "channels": model.channels,
            "frame_hop": model.hop / model.stride,
        }
        tensors = {f"model.{name}": value.cpu() for name, value in model.state_dict().items()}
        tensors |= {"transitions": self.transitions.cpu(), "bonuses": self.bonuses.cpu()}
        save_fitted(folder, METHOD, described, tensors)

    @classmethod
    def load(cls, folder: str | Path) -> "Recogniser":
        """Read what `save` wrote.

        Raises:
            SegmentationError: it is missing or damaged.
        """
        described, tensors = load_fitted(folder, METHOD)
        try:
            transitions, bonuses = tensors.pop("transitions"), tensors.pop("bonuses")
            settings = described["recognition"]
            candidates = CandidatesConfig(**settings.pop("candidates"))
            config = RecognitionConfig(candidates, **settings)
            size, sizes = len(transitions) - 1, FrameWordsConfig(**described["model"])
            model = FrameWords(sizes, described["channels"], described["frame_hop"], size)
            model.load_state_dict({name.removeprefix("model."): value for name, value in tensors.items()})
        except (KeyError, TypeError, RuntimeError) as error:
            fault = f"holds no recogniser: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
            raise SegmentationError(fault, where=folder, remedy="train it again") from error
        return cls(config, model.eval(), transitions, bonuses)

    def _read_all(self, utterances: Sequence[Heard], hints: Tensor | None) -> list[Reading]:
        """The same of utterances of bounded length, those of like length together."""
        found: dict[int, Reading] = {}
        for rows in self._batches(utterances):
            read = self._read([utterances[row] for row in rows], None if hints is None else hints[rows])
            found.update(zip(rows, read, strict=True))
        return [found[row] for row in range(len(utterances))]

    def _batches(self, utterances: Sequence[Heard]) -> Iterator[list[int]]:
        """Indices of utterances of like length together."""
        order = sorted(range(len(utterances)), key=lambda row: len(utterances[row].frames.values))
        return (order[k : k + self.config.batch] for k in range(0, len(order), self.config.batch))

    @torch.no_grad()
    def _read(self, utterances: Sequence[Heard], hints: Tensor | None) -> list[Reading]:
        config, model = self.config, self.model.eval()
        device = self.device
        values = pad_sequence([heard.frames.values for heard in utterances], batch_first=True)
        lengths = [len(heard.frames.values) for heard in utterances]
        evidence = model.evidence(values.to(device), lengths)
        times, edges = zip(*(self._edges(heard) for heard in utterances), strict=True)
        own = torch.tensor([len(each) - 1 for each in edges], device=device)
        slots = int(own.max())
        padded = torch.stack([torch.cat([e, e[-1:].expand(slots + 1 - len(e))]) for e in edges]).to(device)
        reach = min(config.slots, slots)
        scores = self._weighed(
            candidate_scores(evidence, padded, reach, model, config.frame_scale, config.longest)
        )
        if hints is not None:
            scores += hints[:, None, None].to(device)
        path = joint_search(scores, own, config.lm_scale * self.transitions.to(device), config.histories)
        return [
            _reading(ends.nonzero().flatten(), entries, seconds)
            for ends, entries, seconds in zip(path.ends.cpu(), path.entries.cpu(), times, strict=True)
        ]

    def _weighed(self, scores: Tensor) -> Tensor:
        """Scores [..., V] with what is added for words and taken off for null."""
        scores[..., NULL] -= self.config.silence_price
        scores[..., NULL + 1 :] += self.bonuses[NULL + 1 :].to(scores)
        return scores

    def _edges(self, heard: Heard) -> tuple[Tensor, Tensor]:
        """The candidates that fall on outputs of their own: seconds and outputs, [n] each, ascending."""
        hop, frames = self.model.hop, heard.frames
        last = self.model.outputs(len(frames.values))
        edges = np.clip(np.round(heard.boundaries / hop).astype(np.int64), 0, last)
        edges[-1] = last
        kept = np.append(np.flatnonzero(np.diff(edges)), len(edges) - 1)
        return torch.from_numpy(heard.boundaries[kept]), torch.from_numpy(edges[kept])


def _reading(ends: Tensor, entries: Tensor, seconds: Tensor) -> Reading:
    """The words of a path: `ends` [n] are the last slots of its spans, `seconds` [C + 1] where slots begin."""
    starts = torch.cat([ends.new_zeros(1), ends[:-1] + 1])
    said = entries[ends] != NULL
    spans = torch.stack([seconds[starts], seconds[ends + 1]], dim=1)
    return Reading(spans[said], entries[ends][said])
