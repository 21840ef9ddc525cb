"""From frames to text with a CTC student: outputs, beam search with the n-gram model, times and probabilities."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from lm.tensor_model import EntryLM
from unsup_asr.data.output_units import OutputUnits, WrittenWord
from unsup_asr.decoding.ctc_alignment import align_units
from unsup_asr.decoding.ctc_beam import NOTHING, CtcBeamConfig, Prefixes, ctc_beam_search
from unsup_asr.decoding.hypothesis import DecodedWord, Hypothesis
from unsup_asr.decoding.word_votes import word_votes
from unsup_asr.models.ctc_student import BLANK, CtcStudent

# Utterances that are decoded at once.
_BATCH = 64
# A word reaches at most so many seconds into the silence on either side of it.
_REACH = 0.3
# Hypotheses less probable than this have no vote.
_LEAST_SHARE = 1e-4


@dataclass(frozen=True)
class StudentDecoder:
    """The student and the n-gram model, ready to write.

    Attributes:
        student: scores units.
        units: what it writes.
        lm: the n-gram model over the units.
        config: weights and beam.
    """

    student: CtcStudent
    units: OutputUnits
    lm: EntryLM
    config: CtcBeamConfig

    @torch.no_grad()
    def outputs(self, frames: Sequence[Tensor]) -> list[Tensor]:
        """Log-probabilities [T', 1 + V] of the blank and the units, for the frames [T, D] of each utterance."""
        self.student.eval()
        found: dict[int, Tensor] = {}
        for rows in _batches([len(each) for each in frames]):
            lengths = [len(frames[row]) for row in rows]
            padded = pad_sequence([frames[row] for row in rows], batch_first=True)
            batch = self.student(padded.to(self.student.mean.device), lengths)
            ends = map(self.student.outputs, lengths)
            found |= {row: one[:end] for row, one, end in zip(rows, batch, ends, strict=True)}
        return [found[row] for row in range(len(frames))]

    def greedy(self, frames: Sequence[Tensor]) -> list[list[str]]:
        """The words of the likeliest column of each output, without language model."""
        heard = (outputs.argmax(dim=-1).unique_consecutive() for outputs in self.outputs(frames))
        return [self._words((columns[columns != BLANK] - 1).tolist()) for columns in heard]

    @torch.no_grad()
    def read(self, ids: Sequence[str], outputs: Sequence[Tensor], hops: Sequence[float]) -> list[Hypothesis]:
        """The best text of every utterance, with times and probabilities.

        Words meet half way between their units; the probability of a word is that of the hypotheses in the beam
        that have it in its place.

        Args:
            ids: of the utterances.
            outputs: [T', 1 + V] of each.
            hops: seconds between the outputs of each.
        """
        found: dict[int, Hypothesis] = {}
        for rows in _batches([len(each) for each in outputs]):
            named = [ids[row] for row in rows]
            batch = self._read([outputs[row] for row in rows], [hops[row] for row in rows])
            found |= {
                row: Hypothesis(id, text, words, score)
                for row, id, (text, words, score) in zip(rows, named, batch, strict=True)
            }
        return [found[row] for row in range(len(outputs))]

    def _read(
        self, outputs: Sequence[Tensor], hops: Sequence[float]
    ) -> Iterator[tuple[str, tuple[DecodedWord, ...], float]]:
        lengths = torch.tensor([len(each) for each in outputs], device=outputs[0].device)
        log_probs = pad_sequence(list(outputs), batch_first=True)
        prefixes = ctc_beam_search(log_probs, lengths, self.lm, self.config)
        best = prefixes.units[:, 0]
        times = align_units(log_probs, lengths, best, (best != NOTHING).sum(dim=1))
        for row, heard in enumerate(outputs):
            if not (heard.argmax(dim=-1) != BLANK).any():
                # The n-gram model, which knows no empty caption, would write words into silence.
                yield "", (), float(heard[:, BLANK].sum())
                continue
            words = self.units.words(_without_padding(best[row]))
            spans = _spans(words, times.first[row], times.last[row], len(heard), hops[row])
            decoded = self._decoded(prefixes, row, spans)
            yield " ".join(word.word for word in words), decoded, float(prefixes.scores[row, 0])

    def _decoded(
        self, prefixes: Prefixes, row: int, spans: Sequence[tuple[float, float]]
    ) -> tuple[DecodedWord, ...]:
        shares = prefixes.scores[row].softmax(dim=0)
        likely = shares >= _LEAST_SHARE
        hypotheses = [self._words(_without_padding(units)) for units in prefixes.units[row][likely]]
        votes = word_votes(hypotheses, (shares[likely] / shares[likely].sum()).tolist())
        return tuple(
            DecodedWord(word, round(start, 3), round(end, 3), round(vote.probability, 4), vote.alternatives)
            for word, (start, end), vote in zip(hypotheses[0], spans, votes, strict=True)
        )

    def _words(self, units: Sequence[int]) -> list[str]:
        return [word.word for word in self.units.words(units)]


def _spans(
    words: Sequence[WrittenWord], first: Tensor, last: Tensor, outputs: int, hop: float
) -> list[tuple[float, float]]:
    """Start and end of each word in seconds, of the outputs [L] in which units were heard."""
    heard = [(int(first[w.first]) * hop, (int(last[w.last - 1]) + 1) * hop) for w in words]
    meets = [(end + start) / 2 for (_, end), (start, _) in pairwise(heard)]
    starts = [max(start - _REACH, bound) for (start, _), bound in zip(heard, [0.0, *meets], strict=False)]
    ends = [min(end + _REACH, b) for (_, end), b in zip(heard, [*meets, outputs * hop], strict=False)]
    return list(zip(starts, ends, strict=True))


def _without_padding(units: Tensor) -> list[int]:
    found: list[int] = units[units != NOTHING].tolist()
    return found


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Rows of like lengths together."""
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    return [order[first : first + _BATCH] for first in range(0, len(order), _BATCH)]
