"""Words from alignments, cut to their recordings."""

from pathlib import Path

from segmenters.alignments.alignment import AlignedWord, Alignment, Reason, Remark
from unsup_asr.corpora.published.word_times import with_word_times
from unsup_asr.data.manifest import Utterance, Word


def test_words_are_cut_to_the_recording_and_what_is_missing_is_told():
    one, two = (Utterance(id, Path(f"{id}.wav"), 1.0, "en") for id in ("one", "two"))
    remarks = (Remark(Reason.MALFORMED, "x__y"), Remark(Reason.SILENCE, "sil 0–0.1 s"))
    words = (AlignedWord("red", 0.1, 0.5), AlignedWord("boat", 0.5, 1.3), AlignedWord("late", 1.2, 1.5))
    timed, told = with_word_times({"test": [one, two]}, {"one": Alignment("one", words, remarks=remarks)})
    assert [u.id for u in timed["test"]] == ["one", "two"]
    assert timed["test"][0].words == (Word("red", 0.1, 0.5), Word("boat", 0.5, 1.0))
    assert timed["test"][1] == two
    assert [(each.id, each.split, each.reason, each.broken) for each in told] == [
        ("one", "test", f"word: {Reason.MALFORMED}", False),
        ("one", "test", f"word: {Reason.OUTSIDE}", False),
        ("two", "test", "word times are missing", False),
    ]
