"""Against files written out by hand, and the formats' own rules."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.decoding.hypothesis import DecodedWord
from unsup_asr.decoding.transcription import Transcription
from unsup_asr.reports.transcripts import FORMATS, json_row, segments, transcript

HEARD = Transcription(
    "a red dog runs",
    (
        DecodedWord("a", 0.0, 0.1, 0.9),
        DecodedWord("red", 0.1, 0.45, 0.8),
        DecodedWord("", 0.45, 1.0, 0.7),
        DecodedWord("dog", 1.25, 1.5, 0.9),
        DecodedWord("runs", 3661.5, 3662.0004, 0.6),
    ),
)

EXPECTED = {
    "txt": "a red dog runs\n",
    "srt": """\
1
00:00:00,000 --> 00:00:00,450
a red

2
00:00:01,250 --> 00:00:01,500
dog

3
01:01:01,500 --> 01:01:02,000
runs

""",
    "vtt": """\
WEBVTT

00:00:00.000 --> 00:00:00.450
a red

00:00:01.250 --> 00:00:01.500
dog

01:01:01.500 --> 01:01:02.000
runs

""",
    "tsv": "start\tend\ttext\n0\t450\ta red\n1250\t1500\tdog\n3661500\t3662000\truns\n",
}


@pytest.mark.parametrize("format", EXPECTED)
def test_formats_are_as_written_by_hand(format):
    assert transcript(HEARD, format, "x", "en") == EXPECTED[format]


def test_json_has_whispers_keys():
    row = json.loads(transcript(HEARD, "json", "x", "hi"))
    assert row == json_row(HEARD, "x", "hi")
    assert (row["id"], row["text"], row["language"]) == ("x", "a red dog runs", "hi")
    assert [segment["text"] for segment in row["segments"]] == ["a red", "dog", "runs"]
    assert row["segments"][0]["words"][1] == {"word": "red", "start": 0.1, "end": 0.45, "probability": 0.8}
    assert [word["word"] for word in row["words"]] == ["a", "red", "dog", "runs"]


def test_a_text_in_another_order_than_speech_stays_whole():
    words = (
        DecodedWord("dog", 0.0, 0.5, 0.9),
        DecodedWord("", 0.5, 2.0, 0.9),
        DecodedWord("red", 2.0, 2.5, 0.9),
    )
    translated = Transcription("a red dog", words, sources=(-1, 2, 0))
    assert [(each.text, each.start, each.end) for each in segments(translated)] == [("a red dog", 0.0, 2.5)]
    assert transcript(translated, "tsv", "x", "hi") == "start\tend\ttext\n0\t2500\ta red dog\n"


@pytest.mark.parametrize("format", FORMATS)
def test_where_nothing_was_heard_the_file_is_whole(format):
    text = transcript(Transcription("", (DecodedWord("", 0.0, 1.0, 1.0),)), format, "x", "en")
    bare = {"txt": "\n", "srt": "", "vtt": "WEBVTT\n\n", "tsv": "start\tend\ttext\n"}
    if format == "json":
        assert json.loads(text)["segments"] == []
    else:
        assert text == bare[format]


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(0.01, 1), st.booleans()), max_size=12))
def test_segments_hold_every_word_once_and_part_at_pauses(steps):
    now, words = 0.0, []
    for gap, length, is_word in steps:
        words.append(DecodedWord("w" if is_word else "", now + gap, now + gap + length, 1.0))
        now += gap + length
    parts = segments(Transcription("", tuple(words)))
    assert [word for part in parts for word in part.words] == [word for word in words if word.word]
    for part in parts:
        gaps = [right.start - left.end for left, right in pairwise(part.words)]
        assert all(gap < 0.6 for gap in gaps)
    for left, right in pairwise(parts):
        assert right.start - left.end >= 0.6
