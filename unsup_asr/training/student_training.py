"""A student without segments learns what the last stage wrote down of the training speech.

At first it is told where each word stood, output by output (cross-entropy), which is quickly learned; then only
what was said (CTC), and finds out itself where. The first gives way to the second along a line. Utterances count
as much as the last stage was sure of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence
from torch.optim import Optimizer

from unsup_asr.data.output_units import CLIP_PIECES, OutputUnits
from unsup_asr.decoding.ctc_beam import CtcBeamConfig
from unsup_asr.models.ctc_student import BLANK, CtcStudent, CtcStudentConfig
from unsup_asr.training.loop import LoopConfig, bucketed_batch, descend
from unsup_asr.training.masking import MaskingConfig, masked
from unsup_asr.training.schedule import warmed_cosine
from unsup_asr.training.spoken_text import SpokenText

_CLIP_NORM = 5.0
_NOWHERE = -1


@dataclass
class StudentConfig:
    """The student: a recogniser that needs no segments.

    Attributes:
        units: what it writes, `clip_pieces` or `sentencepiece`.
        pieces: how many units SentencePiece finds in the captions, at most.
        network: its sizes.
        loop: its training; without updates there is no student.
        batch: utterances an update.
        learning_rate: peak; warmed up, then annealed along a cosine (AdamW).
        weight_decay: AdamW's.
        told: share of the updates over which the times of the words give way to CTC.
        tempo: by what share speech is made faster or slower at most, a draw an update.
        masking: of stretches of time and channels.
        beam: how its outputs become text.
    """

    units: str = CLIP_PIECES
    pieces: int = 200
    network: CtcStudentConfig = field(default_factory=CtcStudentConfig)
    loop: LoopConfig = field(default_factory=lambda: LoopConfig(0, 200, 50))
    batch: int = 16
    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    told: float = 0.3
    tempo: float = 0.15
    masking: MaskingConfig = field(default_factory=MaskingConfig)
    beam: CtcBeamConfig = field(default_factory=CtcBeamConfig)


@dataclass(frozen=True)
class Lesson:
    """One utterance to learn from.

    Attributes:
        frames: [T, D].
        units: [n].
        places: [T'], the column of the unit that stands at each output, blank where there is none.
        weight: how much it counts.
    """

    frames: Tensor
    units: Tensor
    places: Tensor
    weight: float


def lessons(
    student: CtcStudent,
    frames: Sequence[Tensor],
    texts: Sequence[SpokenText],
    words: Sequence[str],
    units: OutputUnits,
) -> list[Lesson]:
    """What there is to learn; utterances without a word are left out.

    Args:
        student: whose outputs count.
        frames: [T, D] of each utterance.
        texts: of each utterance.
        words: by entry.
        units: that write them.
    """
    return [
        _lesson(student, values, text, [units.spellings[words[entry]] for entry in text.entries.tolist()])
        for values, text in zip(frames, texts, strict=True)
        if len(text.entries)
    ]


def _lesson(
    student: CtcStudent, frames: Tensor, text: SpokenText, spellings: Sequence[Sequence[int]]
) -> Lesson:
    """A word's units share its time evenly."""
    places = torch.full((student.outputs(len(frames)),), BLANK)
    middles = (torch.arange(len(places)) + 0.5) * student.hop
    for (start, end), spelling in zip(text.spans.tolist(), spellings, strict=True):
        inside = (middles >= start) & (middles < end)
        share = (middles[inside] - start) / (end - start)
        # Rounding may put the last output at the word's very end.
        numbers = (share * len(spelling)).long().clamp(max=len(spelling) - 1)
        places[inside] = torch.tensor(spelling)[numbers] + 1
    said = torch.tensor([unit for spelling in spellings for unit in spelling])
    return Lesson(frames, said, places, text.confidence)


class CtcImitation:
    """The training task: frames → units.

    Args:
        config: the training.
        student: trained.
        lessons: what from.
        hop: seconds between frames.
        perturb: changes frames as another voice would.
        seed: of the order.
    """

    modules: Mapping[str, nn.Module]
    optimisers: Mapping[str, Optimizer]

    def __init__(
        self,
        config: StudentConfig,
        student: CtcStudent,
        lessons: Sequence[Lesson],
        hop: float,
        perturb: Callable[[Tensor], Tensor],
        seed: int,
    ) -> None:
        self.config, self.student, self.lessons = config, student, lessons
        self.hop, self.perturb, self.seed = hop, perturb, seed
        self.lengths = torch.tensor([len(lesson.frames) for lesson in lessons])
        self.modules = {"student": student}
        optimiser = torch.optim.AdamW(
            student.parameters(), config.learning_rate, weight_decay=config.weight_decay
        )
        self.optimisers = {"student": optimiser}

    def update(self, step: int) -> dict[str, Tensor]:
        """One update; how much the times of words still count falls along a line."""
        self.student.train()
        config, updates = self.config, self.config.loop.updates
        for group in self.optimisers["student"].param_groups:
            group["lr"] = config.learning_rate * warmed_cosine(step, updates)
        rows = bucketed_batch(self.lengths, config.batch, step, self.seed).tolist()
        drawn = [self.lessons[row] for row in rows]
        frames, lengths, places = self._heard(drawn)
        log_probs = self.student(frames, lengths)
        told = max(0.0, 1.0 - step / max(1.0, config.told * updates))
        weights = log_probs.new_tensor([lesson.weight for lesson in drawn])
        weights, losses = weights / weights.sum(), {}
        if told:
            losses["times"] = told * _times_loss(log_probs, places, weights)
        if told < 1:
            outputs = torch.tensor(list(map(self.student.outputs, lengths)))
            losses["ctc"] = (1 - told) * _ctc_loss(log_probs, outputs, drawn, weights)
        loss = torch.stack(list(losses.values())).sum()
        descend(self, loss, ["student"], _CLIP_NORM)
        return {"student": loss.detach()}

    def _heard(self, drawn: Sequence[Lesson]) -> tuple[Tensor, list[int], Tensor]:
        """Frames [B, T, D] by another voice, faster or slower, some masked; their lengths; the places [B, T']."""
        frames = pad_sequence([lesson.frames for lesson in drawn], batch_first=True)
        places = pad_sequence([lesson.places for lesson in drawn], batch_first=True, padding_value=_NOWHERE)
        device, speed = self.student.mean.device, 1 + self.config.tempo * (2 * float(torch.rand(())) - 1)
        lengths = [round(len(lesson.frames) / speed) for lesson in drawn]
        voiced = at_speed(self.perturb(frames.to(device)), speed)
        heard = masked(voiced, lengths, self.student.mean, self.hop, self.config.masking)
        return heard, lengths, _at(places.to(device), speed, self.student.outputs(heard.shape[1]))


def at_speed(frames: Tensor, speed: float) -> Tensor:
    """Frames [B, T, D] as if they had been said so many times as fast, [B, round(T / speed), D]."""
    wanted = round(frames.shape[1] / speed)
    # Between two frames, a frame lies on the line between them.
    times = (torch.arange(wanted, device=frames.device) * speed).clamp(max=frames.shape[1] - 1)
    before = times.floor().long()
    after = (before + 1).clamp(max=frames.shape[1] - 1)
    return torch.lerp(frames[:, before], frames[:, after], (times - before)[:, None])


def _at(places: Tensor, speed: float, outputs: int) -> Tensor:
    """The places [B, T'] at another speed, [B, outputs]."""
    times = ((torch.arange(outputs, device=places.device) + 0.5) * speed).long()
    return functional.pad(places, (0, 1), value=_NOWHERE)[:, times.clamp(max=places.shape[1])]


def _times_loss(log_probs: Tensor, places: Tensor, weights: Tensor) -> Tensor:
    """Mean cross-entropy of an output with what stood there; utterances weigh [B]."""
    losses = functional.nll_loss(log_probs.transpose(1, 2), places, ignore_index=_NOWHERE, reduction="none")
    return (weights * losses.sum(dim=1) / (places != _NOWHERE).sum(dim=1)).sum()


def _ctc_loss(log_probs: Tensor, outputs: Tensor, drawn: Sequence[Lesson], weights: Tensor) -> Tensor:
    """Mean −log p(units) a unit; utterances have so many outputs [B] and weigh [B]."""
    counts = torch.tensor([len(lesson.units) for lesson in drawn])
    columns = torch.cat([lesson.units for lesson in drawn]) + 1
    losses = functional.ctc_loss(
        log_probs.transpose(0, 1),
        columns.to(log_probs.device),
        outputs,
        counts,
        blank=BLANK,
        reduction="none",
        # Text too long for its speech teaches nothing.
        zero_infinity=True,
    )
    return (weights * losses / counts.to(losses.device)).sum()
