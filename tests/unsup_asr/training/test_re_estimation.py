"""The parts of a round of re-estimation, on segments whose answer is known."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from segmenters.recognised.frame_words import FrameWords, FrameWordsConfig
from segmenters.recognised.heard import Heard, Reading
from segmenters.recognised.recogniser import Recogniser, RecognitionConfig
from segmenters.speech import Frames
from tests.unsup_asr.planted import CAPTIONS, new_generator, rows, sounds, spoken_words
from tests.unsup_asr.training.dense_targets import dense
from unsup_asr.data.spoken_words import SpokenWords, layout_of
from unsup_asr.data.vocabulary import Vocabulary, caption_pieces
from unsup_asr.decoding.decoder import Decoder, DecoderConfig
from unsup_asr.encoders.log_mel import LogMelConfig, LogMelEncoder
from unsup_asr.training.re_estimation import (
    agreed_targets,
    at_usage,
    close_gaps,
    cut_anew,
    read_or_keep,
    spans_of,
)


def segments(*utterances: list[tuple[float, float]]) -> SpokenWords:
    spans = torch.tensor([span for spans in utterances for span in spans], dtype=torch.float64)
    layout = layout_of([len(spans) for spans in utterances])
    ids = tuple(str(n) for n in range(len(utterances)))
    return SpokenWords(
        ids, torch.zeros(len(spans), 2, 3), layout, spans, torch.empty(len(ids), 0), torch.arange(len(ids))
    )


def test_short_gaps_are_closed_in_their_middle_and_pauses_stay():
    spoken = segments([(0.1, 0.4), (0.5, 0.8), (1.2, 1.5)], [(0.3, 0.6)])
    closed = close_gaps(spoken, torch.tensor([1.6, 0.7]), pause=0.2)
    expected = [[0.0, 0.45], [0.45, 0.8], [1.2, 1.6], [0.3, 0.7]]
    torch.testing.assert_close(closed, torch.tensor(expected, dtype=torch.float64))


@given(
    st.lists(st.lists(st.integers(1, 60), min_size=2, max_size=12), min_size=1, max_size=4), st.floats(0, 0.5)
)
def test_closing_gaps_only_ever_lengthens_words(steps: list[list[int]], pause: float):
    utterances, durations = [], []
    for lengths in steps:
        times = (0.01 * torch.tensor(lengths).cumsum(0)).tolist()
        whole = len(times) // 2 * 2
        utterances.append(list(zip(times[:whole:2], times[1:whole:2], strict=True)))
        durations.append(times[-1] + 0.05)
    spoken = segments(*utterances)
    closed = close_gaps(spoken, torch.tensor(durations), pause)
    assert (closed[:, 0] <= spoken.spans[:, 0]).all() and (closed[:, 1] >= spoken.spans[:, 1]).all()
    for spans, duration in zip(closed.split([len(u) for u in utterances]), durations, strict=True):
        gaps = torch.cat([spans[:1, 0], spans[1:, 0] - spans[:-1, 1], duration - spans[-1:, 1]])
        assert (gaps > -1e-6).all()
        assert ((gaps < 1e-6) | (gaps >= pause - 1e-6)).all()


def test_utterances_keep_their_pictures_and_get_the_segments_given():
    encoder = LogMelEncoder(LogMelConfig(mels=5))
    values = [torch.randn(n, 5) for n in (50, 80)]
    heard = [
        Heard(Frames(str(n), v, 0.01, len(v) / 100), torch.zeros(0).numpy()) for n, v in enumerate(values)
    ]
    spoken = replace(segments([(0.0, 0.5)], [(0.0, 0.8)]), images=torch.randn(2, 4))
    spans = [torch.tensor([[0.0, 0.2], [0.2, 0.5]]).double(), torch.tensor([[0.1, 0.3]]).double()]
    cut = cut_anew(spoken, spans, heard, encoder, slots=1)
    assert cut.layout.tolist() == [[0, 1], [2, -1]]
    assert torch.equal(cut.images, spoken.images)
    torch.testing.assert_close(cut.segments[1, 0, :5], values[0][20:50].mean(dim=0))
    torch.testing.assert_close(cut.segments[2, 0, :5], values[1][10:30].mean(dim=0))
    assert [part.tolist() for part in spans_of(cut)] == [part.tolist() for part in spans]


def test_what_is_not_recognised_keeps_its_spans():
    nothing = Reading(torch.empty(0, 2).double(), torch.empty(0, dtype=torch.long))
    something = Reading(torch.tensor([[0.0, 0.5]]).double(), torch.tensor([3]))
    before = [torch.tensor([[0.0, 0.2], [0.2, 0.4]]).double(), torch.zeros(1, 2).double()]
    kept = read_or_keep([nothing, something], before)
    assert torch.equal(kept[0].spans, before[0]) and kept[0].entries.tolist() == [0, 0]
    assert kept[1] is something


def unlearned(entries: int, frame_scale: float = 0.15) -> tuple[Recogniser, list[Heard]]:
    """Twenty utterances of twenty equal slots that sound like anything, and a recogniser of drawn weights."""
    torch.manual_seed(0)
    model = FrameWords(FrameWordsConfig(width=4), 3, 0.02, entries).eval()
    model.duration_mean.fill_(2.3)
    for parameter in model.parameters():
        parameter.data *= 3
    heard = [
        Heard(Frames(str(n), torch.randn(200, 3), 0.02, 4.0), torch.linspace(0, 4, 21).numpy())
        for n in range(20)
    ]
    config = RecognitionConfig(frame_scale=frame_scale, silence_price=10.0)
    return Recogniser(config, model, torch.zeros(entries + 1, entries + 1), torch.zeros(entries)), heard


def used(recogniser: Recogniser, heard: list[Heard]) -> torch.Tensor:
    entries = torch.cat([reading.entries for reading in recogniser.read(heard)])
    return entries.bincount(minlength=len(recogniser.bonuses))


@pytest.mark.parametrize("words", [80, 200, 320])
def test_the_bonus_of_the_only_word_brings_the_rate(words: int):
    recogniser, heard = unlearned(2)
    found = at_usage(recogniser, heard, torch.tensor([0.0, words]))
    assert abs(int(used(found, heard).sum()) - words) <= 0.1 * words


@pytest.mark.parametrize("wanted", [[0, 120, 60, 20], [0, 40, 40, 40], [0, 100, 100, 100]])
def test_bonuses_of_their_own_bring_words_nearer_to_their_use_than_one_for_all(wanted: list[int]):
    recogniser, heard = unlearned(4, frame_scale=1.0)
    counts = torch.tensor(wanted, dtype=torch.float32)
    off = {
        bonus: float((used(replace(recogniser, bonuses=torch.full((4,), bonus)), heard) - counts).abs().sum())
        for bonus in torch.linspace(-10, 10, 41).tolist()
    }
    assert float((used(at_usage(recogniser, heard, counts), heard) - counts).abs().sum()) < 0.7 * min(
        off.values()
    )


def test_targets_are_half_the_decoders_and_half_the_recognisers(tokenizer):
    from lm.kneser_ney import estimate
    from lm.tensor_model import EntryLM

    vocabulary = Vocabulary.from_captions(CAPTIONS, tokenizer)
    arpa = estimate(caption_pieces(CAPTIONS, tokenizer), 2, discount_fallback=True)
    lm = EntryLM.from_arpa(arpa, [entry.pieces for entry in vocabulary.entries])
    decoder = Decoder(new_generator(len(vocabulary)), vocabulary, lm, DecoderConfig())
    spoken = spoken_words(rows(vocabulary, CAPTIONS), sounds(len(vocabulary)))
    hints = torch.zeros(len(spoken), len(vocabulary))
    alone = dense(agreed_targets(decoder, spoken, hints, None))
    read = torch.zeros(len(spoken.segments), dtype=torch.long)
    read[0] = 2
    both = dense(agreed_targets(decoder, spoken, hints, read))
    assert torch.equal(both[1:], alone[1:])
    torch.testing.assert_close(both[0, 2], (alone[0, 2] + 1) / 2)
    torch.testing.assert_close(both.sum(dim=1), torch.ones(len(both)))
