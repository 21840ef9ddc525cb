"""The language of tones, written down by a student: text, times, probabilities."""

import pytest
import torch

from unsup_asr.decoding.hypothesis import Hypothesis
from unsup_asr.decoding.student_decoder import StudentDecoder


@pytest.fixture
def decoder(tone_student) -> StudentDecoder:
    return tone_student.decoder


@pytest.fixture
def sentences(say_tones, tone_student):
    """Words, where they lie, and frames."""
    found = []
    for words in (["red", "dog"], ["big"], ["dog", "big", "red", "dog"]):
        samples, segmentation = say_tones(words)
        found.append((words, segmentation.spans, tone_student.hear(samples).values))
    return found


def decoded(decoder: StudentDecoder, frames: list[torch.Tensor]) -> list[Hypothesis]:
    outputs = decoder.outputs(frames)
    return decoder.read([str(k) for k in range(len(frames))], outputs, [decoder.student.hop] * len(frames))


def test_text_and_times_are_those_of_what_was_said(decoder, sentences):
    hypotheses = decoded(decoder, [frames for _, _, frames in sentences])
    assert [h.id for h in hypotheses] == ["0", "1", "2"]
    for (words, spans, frames), hypothesis in zip(sentences, hypotheses, strict=True):
        assert hypothesis.text == " ".join(words)
        assert [w.word for w in hypothesis.words] == words
        bounds = [time for word in hypothesis.words for time in (word.start, word.end)]
        assert bounds == sorted(bounds) and bounds[0] >= 0 and bounds[-1] <= len(frames) * 0.01 + 0.04
        for span, word in zip(spans, hypothesis.words, strict=True):
            middle = (span.start + span.end) / 2
            assert word.start < middle < word.end
            assert word.probability > 0.9


def test_neighbours_change_nothing(decoder, sentences):
    frames = [frames for _, _, frames in sentences]
    together = decoded(decoder, frames)
    alone = [decoded(decoder, [each])[0] for each in frames]
    assert [h.text for h in together] == [h.text for h in alone]
    assert [h.words for h in together] == [h.words for h in alone]


def test_greedy_text_needs_no_language_model(decoder, sentences):
    frames = [frames for _, _, frames in sentences]
    assert decoder.greedy(frames) == [words for words, _, _ in sentences]


def test_outputs_are_distributions_of_each_utterances_length(decoder, sentences):
    frames = [frames for _, _, frames in sentences]
    for each, outputs in zip(frames, decoder.outputs(frames), strict=True):
        assert outputs.shape == (decoder.student.outputs(len(each)), 1 + len(decoder.units))
        assert torch.allclose(outputs.exp().sum(dim=1), torch.ones(()))


def test_words_do_not_reach_far_into_silence(decoder):
    """One word in the middle of five seconds."""
    outputs = torch.full((125, 1 + len(decoder.units)), -12.0)
    outputs[:, 0] = 0.0
    unit = decoder.units.encode(["dog"])[0]
    outputs[60:62, 0], outputs[60:62, unit + 1] = -12.0, 0.0
    (hypothesis,) = decoder.read(["u"], [outputs], [0.04])
    (word,) = hypothesis.words
    assert (word.word, word.start, word.end) == ("dog", pytest.approx(2.1), pytest.approx(2.78))


@pytest.mark.parametrize("unit", [-12.0, -1.0])
def test_silence_is_no_text(decoder, unit):
    """However much the n-gram model would like a word there."""
    outputs = torch.full((20, 1 + len(decoder.units)), -12.0)
    outputs[:, 0], outputs[9, 1] = -0.4, unit
    (hypothesis,) = decoder.read(["u"], [outputs], [0.04])
    assert hypothesis.text == "" and hypothesis.words == ()


def test_nothing_is_decoded_of_nothing(decoder):
    assert decoded(decoder, []) == [] and decoder.greedy([]) == []
