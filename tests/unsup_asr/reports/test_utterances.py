"""Verdicts and places of words by hand; pictures of sound against what was played."""

import io
from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from unsup_asr.data.manifest import Utterance, Word
from unsup_asr.decoding.hypothesis import Alternative, DecodedWord, Hypothesis
from unsup_asr.reports.embedding import RATE, audio_uri, spectrogram_uri
from unsup_asr.reports.run import Decoded
from unsup_asr.reports.utterances import judge, sample, show

WORDS = (Word("A", 0.0, 0.5), Word("dog,", 0.5, 1.0), Word("runs", 1.0, 2.0))
UTTERANCE = Utterance("u", Path("none.wav"), 2.0, "en", text="A dog, runs.", words=WORDS)


def verdicts(marks: list) -> list[tuple[str, str]]:
    return [(mark.word, mark.verdict) for mark in marks]


def payload(uri: str) -> io.BytesIO:
    return io.BytesIO(b64decode(uri.split(",")[1]))


def test_english_is_judged_by_alignment() -> None:
    said, written = judge(UTTERANCE, ["the", "dog"])
    assert verdicts(said) == [("a", "wrong"), ("dog", "right"), ("runs", "wrong")]
    assert verdicts(written) == [("the", "wrong"), ("dog", "right")]


def test_a_translation_is_judged_by_its_references_in_any_order() -> None:
    hindi = replace(UTTERANCE, lang="hi", text="एक कुत्ता।", translations=("a dog runs", "the dog"), words=())
    said, written = judge(hindi, ["runs", "dog", "cat"])
    assert verdicts(said) == [("एक", "plain"), ("कुत्ता।", "plain")], (
        "what is not judged stands as it was published"
    )
    assert verdicts(written) == [("runs", "right"), ("dog", "right"), ("cat", "wrong")]


def test_english_is_not_judged_by_a_text_in_another_language() -> None:
    japanese = replace(UTTERANCE, lang="ja", text="犬が走る。", words=())
    said, written = judge(japanese, ["a", "dog"])
    assert verdicts(said) == [("犬が走る。", "plain")]
    assert verdicts(written) == [("a", "plain"), ("dog", "plain")]


def test_without_a_transcript_nothing_is_judged() -> None:
    assert verdicts(judge(replace(UTTERANCE, text=None), ["dog"])[1]) == [("dog", "plain")]


def test_words_stand_at_their_times() -> None:
    words = (
        DecodedWord("the", 0.0, 0.5, 0.6, (Alternative("a", 0.3), Alternative("", 0.1))),
        DecodedWord("", 0.5, 1.0, 0.5),
        DecodedWord("runs", 1.0, 2.0, 0.9),
    )
    shown = show(Decoded(UTTERANCE, Hypothesis("u", "the runs", words, 0.0)))
    assert [(x.word, x.left, x.width) for x in shown.said.labels] == [
        ("A", 0, 25),
        ("dog,", 25, 25),
        ("runs", 50, 50),
    ]
    assert [x.verdict for x in shown.said.labels] == [mark.verdict for mark in shown.said_text]
    assert [x.verdict for x in shown.written.labels] == ["wrong", "nothing", "right"]
    assert shown.written.labels[0].note == "the 60% · a 30% · nothing 10%"
    assert shown.ticks == [50, 100]
    assert shown.audio is shown.picture is None


def test_crowded_labels_take_several_lanes_and_never_overlap() -> None:
    words = tuple(DecodedWord("wheelbarrow", 0.1 * k, 0.1 * k + 0.1, 0.5) for k in range(20))
    shown = show(Decoded(UTTERANCE, Hypothesis("u", "", words, 0.0)))
    assert shown.written.lanes > 1
    for lane in range(shown.written.lanes):
        lefts = [x.left * shown.width / 100 for x in shown.written.labels if x.lane == lane]
        assert np.all(np.diff(lefts) >= 8 * len("wheelbarrow"))


@pytest.mark.parametrize(("available", "expected"), [(0, 0), (1, 1), (30, 30), (100, 30)])
def test_sample_is_spread_evenly_from_first_to_last(available: int, expected: int) -> None:
    decoded = [Decoded(replace(UTTERANCE, id=str(k)), None) for k in range(available)]
    chosen = [int(d.utterance.id) for d in sample(decoded)]
    assert len(chosen) == len(set(chosen)) == expected
    if available:
        assert (chosen[0], chosen[-1]) == (0, available - 1)


def test_the_recording_survives_its_compression() -> None:
    t = np.arange(2 * RATE) / RATE
    tone = (0.5 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)
    samples, rate = soundfile.read(payload(audio_uri(tone)))
    spectrum = np.abs(np.fft.rfft(samples))
    assert rate == RATE
    assert len(samples) / rate == pytest.approx(2, abs=0.1)
    assert np.argmax(spectrum) * rate / len(samples) == pytest.approx(440, abs=2)


def test_the_spectrogram_shows_when_and_how_high() -> None:
    t = np.arange(RATE) / RATE
    low, high = (np.sin(2 * np.pi * f * t).astype(np.float32) for f in (200, 4000))
    image = Image.open(payload(spectrogram_uri(np.concatenate([low, high]))))
    levels = np.asarray(image)
    rows = levels.argmax(axis=0)
    half = levels.shape[1] // 2
    assert levels.shape == (64, 201)
    # Low notes lie below high ones, the row at the top being 0.
    assert rows[5 : half - 5].min() > rows[half + 5 : -5].max() + 20


def test_the_spectrogram_of_a_long_recording_is_no_wider_than_the_page_needs() -> None:
    image = Image.open(payload(spectrogram_uri(np.zeros(60 * RATE, dtype=np.float32))))
    assert image.width <= 1201
