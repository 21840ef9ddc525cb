"""Segments found anew from what was recognised: the parts of a round, and what it starts from.

A round: the generator adapts to the segments so far; what it decodes there teaches the frames; a recogniser finds
boundaries and words together (Viterbi training, as for hidden Markov models). Its segments are the next round's,
and what it has read there is half of what generator and frames learn: each corrects the other.

A phrase that is taken for another one wherever it is said stays so, since the network hears what it was told. In
one round, therefore, words that were taken for each other are named anew by what they sound like elsewhere
(`exchanges`); then templates read instead, one Gaussian a state, which cannot hear two sounds in one word; and
generator and network begin afresh with what these have read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from segmenters.recognised.frame_words import FrameWordsConfig
from segmenters.recognised.heard import Heard, Reading
from segmenters.recognised.joint_search import NULL
from segmenters.recognised.recogniser import Recogniser, RecognitionConfig
from unsup_asr.data.shortlist import Shortlist
from unsup_asr.data.spoken_words import SpokenWords, layout_of
from unsup_asr.decoding.decoder import Decoder
from unsup_asr.encoders.pooling import frame_edges, pool_segments
from unsup_asr.encoders.speech import SpeechEncoder
from unsup_asr.training.frame_words_training import FrameWordsTraining
from unsup_asr.training.loop import LoopConfig
from unsup_asr.training.self_training import decoded_targets
from unsup_asr.training.soft_targets import SoftTargets

# Utterances whose segments are scored at once.
_SCORED = 256
_HIGHEST_BONUS = 30.0
# What a recogniser's word has of a segment's target beside what the generator's decoder says.
_RECOGNISED = 0.5
# The rate of all words together is found on every so many of the utterances; it takes fewer than each word's.
_BISECTIONS, _EVERY = 9, 4
# Rounds in which the words come to be used as often as is wanted, what each goes of the way, and how often each
# word is assumed to be wanted and found besides.
_MATCHINGS, _DAMPING, _ASSUMED = 7, 0.7, 3.0


@dataclass
class ReEstimationConfig:
    """How segments are found anew; true word times are left as they are.

    Attributes:
        rounds: how many; none keeps the segmenter's segments.
        afresh: the round, from 0, that templates read for and that begins with a new generator and a new network,
            which learn twice as long.
        pause: seconds; shorter gaps between the segmenter's words are no silence and are closed.
        rated: utterances that tell how often a recogniser finds each word.
        hint_scale: what the words that the picture calls for weigh in a recogniser of training speech, beside
            the language model.
        adaptation: length of the generator's adaptation to the segments of a round.
        frames: the network over frames.
        frame_training: its training in each round; it goes on from the round before.
        recognition: the search for boundaries and words.
        template_scale: what the templates' evidence is multiplied with, in place of the network's `frame_scale`.
    """

    rounds: int = 6
    afresh: int = 2
    pause: float = 0.2
    rated: int = 500
    hint_scale: float = 1.0
    adaptation: LoopConfig = field(default_factory=lambda: LoopConfig(150, 150, 50))
    frames: FrameWordsConfig = field(default_factory=FrameWordsConfig)
    frame_training: FrameWordsTraining = field(default_factory=FrameWordsTraining)
    recognition: RecognitionConfig = field(default_factory=RecognitionConfig)
    template_scale: float = 0.1


def close_gaps(spoken: SpokenWords, durations: Tensor, pause: float) -> Tensor:
    """The spans [N, 2], on the CPU, with short gaps closed: in their middle, and at the utterances' edges.

    Args:
        spoken: the segments.
        durations: [U], seconds of each utterance.
        pause: seconds; shorter gaps are closed.
    """
    counts = (spoken.layout >= 0).sum(dim=1).cpu()
    utterance = torch.arange(len(counts)).repeat_interleave(counts)
    starts, ends = spoken.spans.cpu().unbind(dim=1)
    same = utterance[1:] == utterance[:-1]
    near = same & (starts[1:] - ends[:-1] < pause)
    middles = (starts[1:] + ends[:-1]) / 2
    after = torch.where(near, middles, starts[1:])
    before = torch.where(near, middles, ends[:-1])
    starts, ends = torch.cat([starts[:1], after]), torch.cat([before, ends[-1:]])
    first, last = torch.ones(len(starts), dtype=torch.bool), torch.ones(len(starts), dtype=torch.bool)
    first[1:], last[:-1] = ~same, ~same
    total = durations[utterance].to(ends.dtype)
    starts = torch.where(first & (starts < pause), torch.zeros_like(starts), starts)
    ends = torch.where(last & (total - ends < pause), total, ends)
    return torch.stack([starts, ends], dim=1)


def cut_anew(
    spoken: SpokenWords, spans: Sequence[Tensor], heard: Sequence[Heard], encoder: SpeechEncoder, slots: int
) -> SpokenWords:
    """The same utterances with other segments.

    Args:
        spoken: the utterances with their pictures.
        spans: [n, 2] of each utterance, in seconds; at least one.
        heard: their frames.
        encoder: which made them.
        slots: parts that a segment is pooled into.
    """
    segments = [
        pool_segments(
            each.frames.values, frame_edges(encoder.frame_times(len(each.frames.values)), own), slots
        )
        for each, own in zip(heard, spans, strict=True)
    ]
    device = spoken.segments.device
    pooled = torch.cat(segments).to(device)
    # What else segments say, such as their language, is the same for all of an utterance.
    said = spoken.segments[spoken.layout[:, 0], :1, pooled.shape[2] :]
    counts = torch.tensor([len(own) for own in spans], device=device)
    said = said.repeat_interleave(counts, dim=0).expand(-1, slots, -1)
    return replace(
        spoken,
        segments=torch.cat([pooled, said], dim=2),
        layout=layout_of([len(own) for own in spans]).to(device),
        spans=torch.cat(list(spans)).to(device),
    )


def with_evidence(spoken: SpokenWords, recogniser: Recogniser, heard: Sequence[Heard]) -> SpokenWords:
    """The same segments with what a recogniser's frames say of them, some utterances at a time.

    Args:
        spoken: the segments.
        recogniser: trained.
        heard: their frames.
    """
    spans = spans_of(spoken)
    parts = [
        Shortlist.of(
            recogniser.scores(
                [each.frames for each in heard[first : first + _SCORED]], spans[first : first + _SCORED]
            )
        )
        for first in range(0, len(spans), _SCORED)
    ]
    return replace(spoken, evidence=Shortlist.joined(parts).to(spoken.segments.device))


def spans_of(spoken: SpokenWords) -> list[Tensor]:
    """The spans [n, 2] of each utterance."""
    counts = (spoken.layout >= 0).sum(dim=1).tolist()
    return list(spoken.spans.cpu().split(counts))


def read_or_keep(found: Sequence[Reading], before: Sequence[Tensor]) -> list[Reading]:
    """What was recognised in each utterance; where nothing was, the spans [n, 2] from before, read as null."""
    return [
        reading if len(reading.entries) else Reading(spans, torch.full((len(spans),), NULL))
        for reading, spans in zip(found, before, strict=True)
    ]


def agreed_targets(decoder: Decoder, spoken: SpokenWords, hints: Tensor, read: Tensor | None) -> SoftTargets:
    """What every segment is taken for: by the decoder and, for the other half, by a recogniser.

    Args:
        decoder, spoken, hints: as in `decoded_targets`.
        read: [N], the recogniser's entries, null where it said nothing; None where there is no recogniser yet.
    """
    decoded = decoded_targets(decoder, spoken, hints)
    return decoded if read is None else decoded.mixed_with(read, read != NULL, _RECOGNISED)


def at_usage(
    recogniser: Recogniser, heard: Sequence[Heard], wanted: Tensor, hints: Tensor | None = None
) -> Recogniser:
    """The recogniser with those bonuses at which it finds each word about as often as is wanted.

    A phrase that it takes for another one is used too little, and the other too much: what pulls it out of that
    is unigram matching, as of the generator. The rate of all words is found by bisection; then each word's bonus
    rises by the logarithm of how much too rarely it comes, damped (iterative proportional fitting), a few times;
    the closest is taken.

    Args:
        recogniser: its own bonuses do not matter.
        heard: the utterances.
        wanted: [V], how often each entry should be found in all of them, from statistics of text.
        hints: as `Recogniser.read` takes them.
    """
    matched = closest = _at_rate(recogniser, heard, wanted, hints)
    least = float("inf")
    for _ in range(_MATCHINGS):
        found = _found(matched, heard, hints)
        if (off := float((found - wanted).abs().sum())) < least:
            least, closest = off, matched
        short = (wanted + _ASSUMED).log() - (found + _ASSUMED).log()
        matched = replace(matched, bonuses=matched.bonuses + _DAMPING * short)
    return closest


def _at_rate(
    recogniser: Recogniser, heard: Sequence[Heard], wanted: Tensor, hints: Tensor | None
) -> Recogniser:
    """With the one bonus for all words at which as many come as are wanted."""
    some, known = heard[::_EVERY], None if hints is None else hints[::_EVERY]
    rate = wanted.sum() / sum(each.frames.duration for each in heard)
    words = rate * sum(each.frames.duration for each in some)
    low, high = -_HIGHEST_BONUS, _HIGHEST_BONUS
    for _ in range(_BISECTIONS):
        bonus = (low + high) / 2
        found = _found(_with_bonus(recogniser, wanted, bonus), some, known).sum()
        low, high = (low, bonus) if found > words else (bonus, high)
    return _with_bonus(recogniser, wanted, (low + high) / 2)


def _with_bonus(recogniser: Recogniser, wanted: Tensor, bonus: float) -> Recogniser:
    return replace(recogniser, bonuses=torch.full_like(wanted, bonus))


def _found(recogniser: Recogniser, heard: Sequence[Heard], hints: Tensor | None) -> Tensor:
    """How often each entry is found, [V]."""
    entries = torch.cat([reading.entries for reading in recogniser.read(heard, hints)])
    return entries.bincount(minlength=len(recogniser.bonuses)).to(recogniser.bonuses)
