"""Teaching frames what word they are part of: from spans and what was decoded there, no transcript."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from torch.optim import Optimizer

from segmenters.recognised.frame_words import FrameWords
from segmenters.recognised.word_states import WordStates, by_state, state_at
from segmenters.speech import Frames
from unsup_asr.data.spoken_words import SpokenWords
from unsup_asr.training.loop import LoopConfig, descend, shuffled_batch
from unsup_asr.training.schedule import warmed_cosine
from unsup_asr.training.soft_targets import SoftTargets

# Frames that every state is assumed to have been seen besides, in its prior; words, in the durations.
_ASSUMED_FRAMES, _ASSUMED_WORDS = 20.0, 5.0
_LEAST_DEVIATION = 0.15
_NOWHERE = -2
_SILENCE = -1


@dataclass
class FrameWordsTraining:
    """The training of a network over frames.

    Attributes:
        batch: utterances an update.
        learning_rate: peak; warmed up, then annealed along a cosine.
        weight_decay: AdamW's.
        loop: length of the training.
    """

    batch: int = 32
    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    loop: LoopConfig = field(default_factory=lambda: LoopConfig(150, 150, 25))


class FrameImitation:
    """The training task: frames → the entries decoded where they stand; frames in no span → null.

    Args:
        config: the training.
        model: trained; its prior and durations are set at once.
        frames: of every utterance of `spoken`, in its order.
        spoken: the spans.
        targets: what each span was read as.
        perturb: changes frames as another voice would.
        seed: of the order.
    """

    modules: Mapping[str, nn.Module]
    optimisers: Mapping[str, Optimizer]

    def __init__(
        self,
        config: FrameWordsTraining,
        model: FrameWords,
        frames: Sequence[Frames],
        spoken: SpokenWords,
        targets: SoftTargets,
        perturb: Callable[[Tensor], Tensor],
        seed: int,
    ) -> None:
        self.config, self.model, self.frames, self.perturb = config, model, frames, perturb
        self.targets, self.seed = targets, seed
        self.places = places_of(model, frames, spoken)
        spans = (spoken.spans / model.hop).round().long()
        _set_statistics(model, torch.cat(self.places), spans, targets)
        self.modules = {"frame_words": model}
        optimiser = torch.optim.AdamW(
            model.parameters(), config.learning_rate, weight_decay=config.weight_decay
        )
        self.optimisers = {"frame_words": optimiser}

    def update(self, step: int) -> dict[str, Tensor]:
        """One update towards the targets (cross-entropy per frame)."""
        self.model.train()
        for group in self.optimisers["frame_words"].param_groups:
            group["lr"] = self.config.learning_rate * warmed_cosine(step, self.config.loop.updates)
        rows = shuffled_batch(len(self.frames), self.config.batch, step, self.seed).tolist()
        frames = [self.frames[row].values for row in rows]
        values = self.perturb(pad_sequence(frames, batch_first=True).to(self.targets.entries.device))
        places = pad_sequence([self.places[row] for row in rows], batch_first=True, padding_value=_NOWHERE)
        log_probabilities = self.model(values, [len(each) for each in frames])
        loss = _cross_entropy(log_probabilities, places, self.targets)
        descend(self, loss, ["frame_words"], clip_norm=5.0)
        return {"frames": loss.detach()}


def places_of(model: WordStates, frames: Sequence[Frames], spoken: SpokenWords) -> list[Tensor]:
    """What the outputs of each utterance stand in, [T', 2]: the row of their span (or −1), and the third of it.

    Args:
        model: whose outputs.
        frames: of every utterance of `spoken`, in its order.
        spoken: the spans.
    """
    spans = (spoken.spans / model.hop).round().long()
    return [
        _places(model.outputs(len(each.values)), spans, row[row >= 0])
        for each, row in zip(frames, spoken.layout, strict=True)
    ]


def _places(outputs: int, spans: Tensor, rows: Tensor) -> Tensor:
    """What each output stands in, [T', 2]: the row of its span (or silence), and the third of it."""
    places = torch.full((outputs, 2), _SILENCE, device=spans.device)
    for row in rows.tolist():
        begin, end = spans[row].clamp(max=outputs).tolist()
        places[begin:end, 0] = row
        places[begin:end, 1] = state_at(max(1, end - begin), torch.arange(end - begin, device=spans.device))
    return places


def _set_statistics(model: FrameWords, places: Tensor, spans: Tensor, targets: SoftTargets) -> None:
    """The prior of the states and the log-normal durations that the targets tell, a little smoothed."""
    inside = places[:, 0] >= 0
    counts = torch.full((model.states,), _ASSUMED_FRAMES, dtype=torch.float64, device=spans.device)
    rows, thirds = places[inside].unbind(dim=1)
    counts[0] += (~inside).sum()
    for third, count in enumerate(by_state(counts)[1:]):
        frames = rows[thirds == third].bincount(minlength=len(targets))
        said = targets.expected(frames[:, None])
        counts[0] += said[0]
        count += said[1:]
    model.prior.copy_((counts / counts.sum()).log())
    logs = (spans[:, 1] - spans[:, 0]).clamp(min=1).double().log()[:, None]
    seen = targets.expected(torch.ones_like(logs)) + _ASSUMED_WORDS
    mean = (targets.expected(logs) + _ASSUMED_WORDS * logs.mean()) / seen
    squares = (logs - mean[targets.entries.long()]).square()
    variance = (targets.expected(squares) + _ASSUMED_WORDS * logs.var()) / seen
    model.duration_mean.copy_(mean[1:])
    model.duration_deviation.copy_(variance[1:].sqrt().clamp(min=_LEAST_DEVIATION))


def _cross_entropy(log_probabilities: Tensor, places: Tensor, targets: SoftTargets) -> Tensor:
    """Mean over the outputs that stand somewhere.

    Args:
        log_probabilities: [B, T, S].
        places: [B, T, 2].
        targets: of the spans.
    """
    silent = places[..., 0] == _SILENCE
    inside = places[..., 0] >= 0
    rows, thirds = places[inside].unbind(dim=1)
    said = log_probabilities[inside]
    null, *words = by_state(said)
    wanted = targets.dense(rows)
    total = (wanted[:, :1] * null).sum()
    for third, log_words in enumerate(words):
        total = total + (wanted[:, 1:] * log_words)[thirds == third].sum()
    total = total + log_probabilities[..., 0][silent].sum()
    return -total / (len(rows) + silent.sum())
