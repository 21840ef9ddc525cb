"""Recordings of any length through a student: heard in overlapping windows, read between pauses."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional

from segmenters.speech import Frames
from unsup_asr.decoding.hypothesis import DecodedWord
from unsup_asr.decoding.student_decoder import StudentDecoder
from unsup_asr.decoding.transcription import Transcription
from unsup_asr.encoders.windows import windows
from unsup_asr.models.ctc_student import BLANK

# Seconds that are heard at once, and on either side of them as context: more than the network sees.
_WINDOW, _CONTEXT = 60.0, 4.0
# Seconds of speech that are read as one sentence at most, give or take half of it; a pause is looked for there.
_SENTENCE = 20.0
# Seconds over which a pause is measured.
_PAUSE = 0.36


def transcribe_frames(decoder: StudentDecoder, recordings: Sequence[Frames]) -> list[Transcription]:
    """Write down recordings, several at once.

    Args:
        decoder: the student and its language model.
        recordings: what the encoder makes of each.
    """
    heard = window_outputs(decoder, [each.values for each in recordings])
    # The last output may stand for more than there is; no word must end after its recording.
    hops = [
        min(decoder.student.hop, each.duration / len(outputs))
        for each, outputs in zip(recordings, heard, strict=True)
    ]
    cut = [pieces(outputs, hop) for outputs, hop in zip(heard, hops, strict=True)]
    flat = [piece for each in cut for piece in each]
    beside = [hop for each, hop in zip(cut, hops, strict=True) for _ in each]
    read = iter(decoder.read(list(map(str, range(len(flat)))), flat, beside))
    texts = []
    for each, hop in zip(cut, hops, strict=True):
        starts = [0.0, *(torch.tensor([len(piece) for piece in each]).cumsum(0) * hop).tolist()]
        found = [next(read) for _ in each]
        words = [later(h.words, start) for h, start in zip(found, starts, strict=False)]
        text = " ".join(h.text for h in found if h.text)
        texts.append(Transcription(text, tuple(w for row in words for w in row), sum(h.score for h in found)))
    return texts


def window_outputs(decoder: StudentDecoder, frames: Sequence[Tensor]) -> list[Tensor]:
    """The student's outputs [T', 1 + V] for the frames [T, D] of each recording, as if it heard them whole."""
    student = decoder.student
    length, context = (round(seconds / student.hop) for seconds in (_WINDOW, _CONTEXT))
    cut = [windows(student.outputs(len(each)), length, context) for each in frames]
    heard = [
        each[window.start * student.stride : window.stop * student.stride]
        for each, parts in zip(frames, cut, strict=True)
        for window in parts
    ]
    outputs = iter(decoder.outputs(heard))
    return [torch.cat([next(outputs)[window.kept] for window in parts]) for parts in cut]


def pieces(outputs: Tensor, hop: float) -> list[Tensor]:
    """Outputs [T, 1 + V], cut where the blank is likeliest over a while, into pieces of about a sentence."""
    count = -(-len(outputs) * hop // _SENTENCE)
    if count <= 1:
        return [outputs]
    smooth = 2 * round(_PAUSE / hop / 2) + 1
    blank = outputs[:, BLANK].exp()[None, None]
    silence = functional.avg_pool1d(blank, smooth, 1, smooth // 2, count_include_pad=False)[0, 0]
    size = len(outputs) / count
    cuts = []
    for number in range(1, int(count)):
        first, last = round((number - 0.25) * size), round((number + 0.25) * size)
        cuts.append(first + int(silence[first:last].argmax()))
    return [outputs[begin:end] for begin, end in pairwise([0, *cuts, len(outputs)])]


def later(words: Sequence[DecodedWord], seconds: float) -> list[DecodedWord]:
    """Words so many seconds later."""
    return [
        replace(word, start=round(word.start + seconds, 3), end=round(word.end + seconds, 3))
        for word in words
    ]
