"""One utterance that cannot be cut loses nobody else."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmenters.energy import EnergyConfig, EnergySegmenter
from segmenters.errors import SegmentationError
from segmenters.segmentation import Segmentation
from segmenters.speech import Speech
from unsup_asr.data.manifest import Word
from unsup_asr.encoders.log_mel import LogMelConfig, LogMelEncoder
from unsup_asr.segmentation.batches import segment_each
from unsup_asr.segmentation.encoded import encode
from unsup_asr.segmentation.true_words import TrueWords

RATE = 16000


class Counted:
    """Energy dips, and how often they were asked for."""

    def __init__(self) -> None:
        self.calls, self.dips = 0, EnergySegmenter(EnergyConfig(2.0))

    def segment(self, utterances: Sequence[Speech]) -> list[Segmentation]:
        self.calls += 1
        return self.dips.segment(utterances)


def speech(id: str, samples: int) -> Speech:
    noise = np.random.default_rng(0).standard_normal(samples).astype(np.float32)
    return Speech(id, 0.1 * noise, RATE)


@given(st.lists(st.booleans(), max_size=12))
def test_each_gets_its_own(whole):
    """Recordings of ten samples are too short."""
    heard = [speech(str(n), 8000 if good else 10) for n, good in enumerate(whole)]
    found = segment_each(Counted(), heard)
    assert [isinstance(item, Segmentation) for item in found] == whole
    for utterance, item in zip(heard, found, strict=True):
        assert (item.id if isinstance(item, Segmentation) else item.where) == utterance.id


def test_a_bad_one_is_found_by_halving():
    counted = Counted()
    segment_each(counted, [speech(str(n), 10 if n == 37 else 8000) for n in range(64)])
    assert counted.calls <= 1 + 2 * 6


def test_all_good_ones_are_cut_at_once():
    counted = Counted()
    segment_each(counted, [speech(str(n), 8000) for n in range(64)])
    assert counted.calls == 1


def test_true_words_are_those_of_the_utterance():
    words = TrueWords({"u": (Word("red", 0.1, 0.2), Word("dog", 0.3, 0.6))})
    (found,) = words.segment([speech("u", 8000)])
    assert [(span.start, span.end) for span in found.spans] == [(0.1, 0.2), (0.3, 0.5)]
    with pytest.raises(SegmentationError, match="v: has no word times"):
        words.segment([speech("v", 8000)])


def test_frames_have_the_encoders_hop():
    encoder = LogMelEncoder(LogMelConfig(hop=320))
    frames = encode(speech("u", 8000), encoder)
    assert (frames.id, frames.hop, frames.duration) == ("u", 0.02, 0.5)
    assert frames.values.shape == (26, 40)


@pytest.mark.parametrize(
    ("samples", "rate", "fault"),
    [
        (np.zeros(800), 8000, "u: is at 8000 Hz, the encoder hears 16000 Hz"),
        (np.zeros(0), 16000, "u: holds 0 samples"),
        (np.array([0.0, np.nan, np.inf]), 16000, "u: holds 3 samples, 2 of them not finite"),
    ],
)
def test_what_cannot_be_encoded_is_named(samples, rate, fault):
    with pytest.raises(SegmentationError, match=fault):
        encode(Speech("u", samples.astype(np.float32), rate), LogMelEncoder(LogMelConfig()))
