"""Long recordings are written down as short ones are."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from unsup_asr.decoding.long_speech import pieces, transcribe_frames, window_outputs


def test_windows_change_nothing(tone_student):
    decoder = tone_student.decoder
    frames = [
        torch.randn(length, 20, generator=torch.Generator().manual_seed(length)) for length in (15001, 300)
    ]
    whole = decoder.outputs(frames)
    for one, other in zip(window_outputs(decoder, frames), whole, strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_an_hour_of_pieces_is_the_whole():
    outputs = torch.rand(90_000, 3).log_softmax(dim=1)
    cut = pieces(outputs, 0.04)
    assert torch.equal(torch.cat(cut), outputs)
    assert max(map(len, cut)) * 0.04 <= 30 and len(cut) == 180


def test_speech_is_cut_in_its_pauses():
    """Forty seconds are two sentences that meet within 15 to 25: in a pause there, not in a longer one before."""
    outputs = torch.full((1000, 2), 0.5)
    outputs[300:360] = outputs[430:450] = torch.tensor([1.0, 1e-9])
    (first, second) = map(len, pieces(outputs.log(), 0.04))
    assert first + second == 1000 and 430 <= first < 450


def test_short_speech_is_one_piece():
    outputs = torch.zeros(500, 4)
    (piece,) = pieces(outputs, 0.04)
    assert piece is outputs


@pytest.mark.parametrize("repeats", [12, 20])
def test_a_long_recording_has_all_its_words_at_their_times(tone_student, say_tones, repeats):
    words = ["red", "dog", "big"]
    samples, found = say_tones(words)
    frames = tone_student.hear(np.tile(samples, repeats))
    (text,) = transcribe_frames(tone_student.decoder, [frames])
    assert text.text.split() == words * repeats
    for number, word in enumerate(text.words):
        round_, place = divmod(number, len(words))
        span = found.spans[place]
        middle = round_ * len(samples) / 16000 + (span.start + span.end) / 2
        assert word.start < middle < word.end


def test_no_word_ends_after_its_recording(tone_student, say_tones):
    """Whole frames and outputs stand for more than there is."""
    heard = tone_student.hear(say_tones(["red", "dog"])[0])
    (text,) = transcribe_frames(tone_student.decoder, [replace(heard, duration=0.85)])
    assert text.text == "red dog" and text.words[-1].end == pytest.approx(0.85)
    assert all(0 <= word.start < word.end for word in text.words)


def test_no_recordings_have_no_text(tone_student):
    assert transcribe_frames(tone_student.decoder, []) == []
