"""What an aligner's output holds besides words: told, and left out or mended."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmenters.alignments.alignment import AlignedWord, Alignment, Reason, missing, report
from segmenters.alignments.cleaning import Labels, clean
from segmenters.errors import SegmentationError
from segmenters.segmentation import Segmentation, Span


def reasons(alignment: Alignment) -> list[Reason]:
    return [remark.reason for remark in alignment.remarks]


@pytest.mark.parametrize("label", ["", "sil", "SIL", "sp", "<eps>", "<sil>", " "])
def test_silence_is_no_word(label: str) -> None:
    alignment = clean("a", [AlignedWord(label, 0, 1), AlignedWord("dog", 1, 2)])
    assert (alignment.labels, reasons(alignment)) == (("dog",), [Reason.SILENCE])


@pytest.mark.parametrize("label", ["<unk>", "<UNK>", "spn", "<SPOKEN_NOISE>"])
def test_unknown_words_are_left_out_or_kept(label: str) -> None:
    entries = [AlignedWord(label, 0, 1), AlignedWord("dog", 1, 2)]
    alignment = clean("a", entries)
    assert (alignment.labels, reasons(alignment)) == (("dog",), [Reason.UNKNOWN])
    kept = clean("a", entries, labels=Labels(keep_unknown=True))
    assert (kept.labels, kept.remarks) == ((label, "dog"), ())


@pytest.mark.parametrize("times", [(1, 1), (2, 1), (-0.1, 1), (math.nan, 1), (0, math.nan), (0, math.inf)])
def test_impossible_times_are_told(times: tuple[float, float]) -> None:
    alignment = clean("a", [AlignedWord("dog", *times)], 5.0)
    assert (alignment.words, reasons(alignment)) == ((), [Reason.IMPOSSIBLE])
    assert alignment.remarks[0].entry.startswith("dog ")


def test_words_end_with_the_utterance() -> None:
    entries = [AlignedWord("a", 0, 1), AlignedWord("b", 1, 2.005), AlignedWord("c", 1.5, 2.5)]
    alignment = clean("a", [*entries, AlignedWord("d", 2, 3)], 2.0)
    assert alignment.words[1:] == (AlignedWord("b", 1, 2.0), AlignedWord("c", 1.5, 2.0))
    assert reasons(alignment) == [Reason.OUTSIDE, Reason.TRIMMED, Reason.OVERLAP]
    assert reasons(clean("a", entries[:2], 2.0)) == []  # 5 ms are rounding


def test_words_are_put_in_order_and_overlaps_kept() -> None:
    alignment = clean("a", [AlignedWord("b", 1, 2), AlignedWord("a", 0, 1.3), AlignedWord("c", 1.995, 3)])
    assert alignment.labels == ("a", "b", "c")
    assert [str(remark.entry) for remark in alignment.remarks] == ["a 0–1.3 s", "b 1–2 s"]
    assert reasons(alignment) == [Reason.DISORDER, Reason.OVERLAP]


times = st.floats(-1, 6) | st.just(math.nan)
entries = st.builds(AlignedWord, st.sampled_from(["dog", "cat", "", "<unk>"]), times, times)


@given(st.lists(entries, max_size=8), st.none() | st.floats(0.1, 5))
def test_nothing_vanishes_and_what_stays_is_a_segmentation(
    read: list[AlignedWord], duration: float | None
) -> None:
    alignment = clean("a", read, duration)
    left_out = {Reason.SILENCE, Reason.UNKNOWN, Reason.IMPOSSIBLE, Reason.OUTSIDE}
    assert len(alignment.words) + sum(reason in left_out for reason in reasons(alignment)) == len(read)
    if alignment.words or duration:
        assert len(alignment.segmentation().spans) == len(alignment.words)


def test_segmentations_take_the_duration_or_the_last_end() -> None:
    words = (AlignedWord("dog", 0.5, 1.0),)
    assert Alignment("a", words, 2.0).segmentation() == Segmentation("a", 2.0, (Span(0.5, 1.0),), "gold")
    assert Alignment("a", words).segmentation().duration == 1.0
    assert Alignment("a", (), 2.0).segmentation() == Segmentation("a", 2.0, (), "gold")
    with pytest.raises(SegmentationError, match=r"^a: has no word times"):
        missing("a").segmentation()


def test_the_report_counts_all_and_names_what_needs_a_look() -> None:
    odd = [AlignedWord("", 0, 1), AlignedWord("dog", 1, 2), AlignedWord("cat", 3, 2)]
    read = report([clean("a", odd), missing("b"), clean("c", [AlignedWord("<unk>", 0, 1)])])
    assert (read.utterances, read.words) == (3, 1)
    assert read.counts == {Reason.SILENCE: 1, Reason.UNKNOWN: 1, Reason.IMPOSSIBLE: 1, Reason.MISSING: 1}
    assert [id for id, _ in read.items] == ["a", "b"]
    first, second, third = read.lines()
    assert first.startswith("3 utterances, 1 words; 1 × silence, 1 × unknown word")
    assert second.startswith("a: cat 3–2 s: times are") and third == "b: the utterance has no alignment"
    assert list(read.lines(most=1))[-1] == "and 1 more"
