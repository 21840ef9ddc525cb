"""Words as three states, frame by frame, and how long words last: every frame is explained once.

A hidden Markov model: a word is three states, the thirds of its span; null is one. Whatever scores the frames, a
log-normal density scores the length.

Shapes: B utterances, T frames, D channels, V entries, entry 0 null, S = 1 + 3 (V - 1) states: null, then the
first thirds of all words, their second thirds, their last.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn

STATES = 3


class WordStates(nn.Module, ABC):
    """Scores states frame by frame.

    Args:
        stride: frames between outputs.
        frame_hop: seconds between frames.
        entries: V.

    Attributes:
        stride: as given.
        hop: seconds between outputs; output t stands for [t · hop, (t + 1) · hop).
        states: S.
        duration_mean, duration_deviation: [V - 1], of the log number of outputs of each word.
    """

    duration_mean: Tensor
    duration_deviation: Tensor

    def __init__(self, stride: int, frame_hop: float, entries: int) -> None:
        super().__init__()
        self.stride, self.hop = stride, stride * frame_hop
        self.states = 1 + STATES * (entries - 1)
        self.register_buffer("duration_mean", torch.zeros(entries - 1))
        self.register_buffer("duration_deviation", torch.ones(entries - 1))

    @abstractmethod
    def evidence(self, frames: Tensor, lengths: Sequence[int]) -> Tensor:
        """What each frame says for each state beyond its frequency, as log-scores, [B, T', S].

        Args:
            frames: [B, T, D], zero beyond an utterance's end.
            lengths: T of each utterance; what is beyond it changes nothing.
        """

    def outputs(self, frames: int) -> int:
        """T', how many outputs so many frames have: a stride that the end cuts short has one, too."""
        return -(-frames // self.stride)

    def duration_scores(self, outputs: Tensor) -> Tensor:
        """Log-density of words to last so many outputs, [..., V - 1], on a scale of logarithms."""
        logs = outputs.clamp(min=1).log()[..., None]
        standard = (logs - self.duration_mean) / self.duration_deviation
        return -0.5 * standard.square() - self.duration_deviation.log()


def state_at(outputs: int, place: Tensor) -> Tensor:
    """Which third of a span of so many outputs the output at a place, from 0, belongs to (0, 1 or 2)."""
    return place * STATES // outputs


def by_state(values: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Those [..., S] of null, [..., 1], and of the first, second and last thirds of the words, [..., V - 1]."""
    words = (values.shape[-1] - 1) // STATES
    null, first, second, last = values.split([1, words, words, words], dim=-1)
    return null, first, second, last


def span_scores(evidence: Tensor, begin: Tensor, end: Tensor, model: WordStates, scale: float) -> Tensor:
    """Scores of spans read as all entries, [U, ..., V].

    Args:
        evidence: [U, T, S], zero beyond an utterance's end.
        begin, end: [U, ...], outputs of spans.
        model: whose durations count.
        scale: of the evidence against densities and language model; frames are far from independent.
    """
    sums = nn.functional.pad(evidence.cumsum(dim=1), (0, 0, 1, 0))
    outputs = end - begin
    # Outputs of thirds k - 1 and k meet where place · 3 reaches k · outputs.
    meets = [begin + (k * outputs + STATES - 1) // STATES for k in range(STATES + 1)]
    rows = torch.arange(len(sums), device=begin.device).view(-1, *[1] * (begin.dim() - 1))
    null, *thirds = by_state(scale * sums)
    words = model.duration_scores(outputs.to(sums.dtype))
    for state, third in enumerate(thirds):
        words += third[rows, meets[state + 1]]
        words -= third[rows, meets[state]]
    return torch.cat([null[rows, end] - null[rows, begin], words], dim=-1)


def candidate_scores(
    evidence: Tensor, edges: Tensor, reach: int, model: WordStates, scale: float, longest: float
) -> Tensor:
    """Scores of all spans between candidate boundaries read as all entries, [U, C, L, V]; see `joint_search`.

    Args:
        evidence, model, scale: as in `span_scores`.
        edges: [U, C + 1], outputs at which slots begin, with both edges; padded with the last one.
        reach: L, most slots of a span.
        longest: seconds of the longest word; one slot may last longer.
    """
    last = torch.arange(edges.shape[1] - 1, device=edges.device)
    first = (last[:, None] - torch.arange(reach, device=edges.device)).clamp(min=0)
    begin, end = edges[:, first], edges[:, 1:, None].expand(-1, -1, reach)
    scores = span_scores(evidence, begin, end, model, scale)
    one = torch.arange(reach, device=edges.device) == 0
    allowed = (end > begin) & (((end - begin) * model.hop <= longest) | one)
    return scores.masked_fill(~allowed[..., None], float("-inf"))
