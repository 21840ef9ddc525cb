"""What speech says of each word, frame by frame, and how long words last: every frame is explained once.

A hybrid of network and hidden Markov model (Bourlard & Morgan 1994): a word is three states, the thirds of its
span; null is one. The network's log p(state | frame) less the log prior of the state scores the frames, a
log-normal density the length.

Shapes: B utterances, T frames, D channels, V entries, entry 0 null, S = 1 + 3 (V - 1) states: null, then the
first thirds of all words, their second thirds, their last.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

STATES = 3
# Outputs that the second convolution sees.
_SMOOTHED = 5


@dataclass
class FrameWordsConfig:
    """The network over frames.

    Attributes:
        hop: least seconds between its outputs; faster frames are taken by strides.
        width: hidden channels.
        context: seconds that the first convolution sees.
        dropout: share of hidden activations dropped in training.
    """

    hop: float = 0.02
    width: int = 256
    context: float = 0.14
    dropout: float = 0.2


class FrameWords(nn.Module):
    """Scores states frame by frame.

    Args:
        config: sizes.
        channels: D of the speech encoder.
        hop: seconds between the encoder's frames.
        entries: V.

    Attributes:
        stride: frames between outputs.
        hop: seconds between outputs; output t stands for [t · hop, (t + 1) · hop).
        prior: [S], log share of each state in what it was trained on.
        duration_mean, duration_deviation: [V - 1], of the log number of outputs of each word.
    """

    prior: Tensor
    duration_mean: Tensor
    duration_deviation: Tensor

    def __init__(self, config: FrameWordsConfig, channels: int, hop: float, entries: int) -> None:
        super().__init__()
        self.config, self.channels = config, channels
        self.stride = stride = max(1, round(config.hop / hop))
        self.hop, self.states = stride * hop, 1 + STATES * (entries - 1)
        # As many frames on either side of an output's stretch, so that outputs stay in the middle of theirs.
        beside = max(0, round((config.context / hop - stride) / 2))
        self.listen = nn.Sequential(
            nn.Conv1d(channels, config.width, stride + 2 * beside, stride, padding=beside),
            nn.GELU(),
            nn.Dropout(config.dropout),
        )
        self.tell = nn.Sequential(
            nn.Conv1d(config.width, config.width, _SMOOTHED, padding=_SMOOTHED // 2),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Conv1d(config.width, self.states, 1),
        )
        self.register_buffer("prior", torch.full((self.states,), 1 / self.states).log())
        self.register_buffer("duration_mean", torch.zeros(entries - 1))
        self.register_buffer("duration_deviation", torch.ones(entries - 1))

    def outputs(self, frames: int) -> int:
        """T', how many outputs so many frames have: a stride that the end cuts short has one, too."""
        return -(-frames // self.stride)

    def forward(self, frames: Tensor, lengths: Sequence[int]) -> Tensor:
        """Log-probabilities of the states, [B, T', S].

        Args:
            frames: [B, T, D], zero beyond an utterance's end.
            lengths: T of each utterance; what is beyond it changes nothing.
        """
        whole = nn.functional.pad(frames, (0, 0, 0, -frames.shape[1] % self.stride))
        hidden = self.listen(whole.transpose(1, 2))
        own = torch.tensor([self.outputs(length) for length in lengths], device=frames.device)
        inside = torch.arange(hidden.shape[2], device=frames.device) < own[:, None]
        logits: Tensor = self.tell(hidden * inside[:, None]).transpose(1, 2)
        return logits.log_softmax(dim=-1)

    def evidence(self, frames: Tensor, lengths: Sequence[int]) -> Tensor:
        """What each frame says for each state beyond its frequency, [B, T', S]; see `forward`."""
        log_probabilities: Tensor = self(frames, lengths)
        return log_probabilities - self.prior

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


def span_scores(
    evidence: Tensor,
    edges: Tensor,
    reach: int,
    model: FrameWords,
    scale: float,
    longest: float,
    bonuses: Tensor,
) -> Tensor:
    """Scores of all spans between candidate boundaries read as all entries, [U, C, L, V]; see `joint_search`.

    Args:
        evidence: [U, T, S], zero beyond an utterance's end.
        edges: [U, C + 1], outputs at which slots begin, with both edges; padded with the last one.
        reach: L, most slots of a span.
        model: whose durations count.
        scale: of the evidence against densities and language model; frames are far from independent.
        longest: seconds of the longest word; one slot may last longer.
        bonuses: [V], added for each word; that of null is not looked at.
    """
    count, slots = edges.shape[0], edges.shape[1] - 1
    sums = nn.functional.pad(evidence.cumsum(dim=1), (0, 0, 1, 0))
    last = torch.arange(slots, device=edges.device)
    first = (last[:, None] - torch.arange(reach, device=edges.device)).clamp(min=0)
    begin, end = edges[:, first], edges[:, 1:, None].expand(-1, -1, reach)
    outputs = end - begin
    # Outputs of thirds k - 1 and k meet where place · 3 reaches k · outputs.
    meets = [begin + (k * outputs + STATES - 1) // STATES for k in range(STATES + 1)]
    rows = torch.arange(count, device=edges.device)[:, None, None]
    null, *thirds = by_state(scale * sums)
    words = model.duration_scores(outputs.to(sums.dtype)) + bonuses[1:]
    for state, third in enumerate(thirds):
        words += third[rows, meets[state + 1]]
        words -= third[rows, meets[state]]
    silence = null[rows, end] - null[rows, begin]
    scores = torch.cat([silence, words], dim=-1)
    one = torch.arange(reach, device=edges.device) == 0
    allowed = (outputs > 0) & ((outputs * model.hop <= longest) | one)
    return scores.masked_fill(~allowed[..., None], float("-inf"))
