"""Planted repetitions, against a count of all pairs."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.corpora.validation.entries import Entry
from unsup_asr.corpora.validation.faults import Fault
from unsup_asr.corpora.validation.repeats import (
    leaked_references,
    repeated_ids,
    repeated_recordings,
    shared_pictures,
)
from unsup_asr.data.manifest import Utterance


def entry(number: int, split: str = "train", audio: str = "", offset: float = 0.0, **fields) -> Entry:
    path = Path(audio or f"{number}.wav")
    fields = {"id": f"u{number}", **fields}
    utterance = Utterance(audio_filepath=path, duration=1.0, lang="en", offset=offset, **fields)
    return Entry(Path(f"{split}.jsonl"), number, split, utterance)


def brief(findings) -> list[tuple[Fault, int]]:
    return [(finding.fault, finding.line) for finding in findings]


def test_ids_are_repeated_within_and_between_manifests():
    entries = [entry(1, id="a"), entry(2, id="b"), entry(3, id="a"), entry(4, "test", id="b")]
    found = list(repeated_ids(entries))
    assert brief(found) == [(Fault.DUPLICATE_ID, 3), (Fault.DUPLICATE_ID, 4)]
    assert "train.jsonl:2" in found[1].detail


def test_one_file_twice_is_a_duplicate_and_in_two_splits_a_leak():
    entries = [entry(1, audio="a"), entry(2, audio="a"), entry(3, "test", audio="a"), entry(4)]
    found = list(repeated_recordings(entries, [None] * 4))
    assert brief(found) == [(Fault.DUPLICATE_RECORDING, 2), (Fault.RECORDING_LEAK, 3)]
    assert found[1].detail == "it is that of train.jsonl:1 (u1), too"


def test_stretches_of_one_recording_may_touch_but_not_coincide():
    starts = [0.0, 1.0, 1.9, 2.2, 5.0]
    entries = [entry(number, audio="a", offset=start) for number, start in enumerate(starts)]
    assert brief(repeated_recordings(entries, [None] * 5)) == [(Fault.DUPLICATE_RECORDING, 3)]


def test_copies_under_another_name_are_told_by_their_sound_once():
    entries = [entry(1, audio="a"), entry(2, "test", audio="b"), entry(3, "test", audio="b"), entry(4)]
    digests = ["x", "x", "x", None]
    assert sorted(brief(repeated_recordings(entries, digests)), key=lambda each: each[1]) == [
        (Fault.RECORDING_LEAK, 2),
        (Fault.DUPLICATE_RECORDING, 3),
    ]


def test_a_picture_may_be_described_often_but_in_one_split():
    entries = [
        entry(1, image_id="x"),
        entry(2, image_id="x"),
        entry(3, "test", image_id="x"),
        entry(4, image_filepath=Path("y.jpg")),
        entry(5, "test", image_id="y", image_filepath=Path("y.jpg")),
        entry(6, "test"),
        entry(7),
    ]
    found = brief(shared_pictures(entries, [None] * 7))
    assert found == [(Fault.PICTURE_LEAK, 3), (Fault.PICTURE_LEAK, 5)]


@given(
    st.lists(st.tuples(st.sampled_from(["train", "validation", "test"]), st.sampled_from("abc")), max_size=8)
)
def test_leaks_of_pictures_are_those_of_all_pairs(rows):
    entries = [entry(n, split, image_filepath=Path(f"{n}.jpg")) for n, (split, _) in enumerate(rows, start=1)]
    digests = [digest for _, digest in rows]
    expected = [
        n
        for n, (split, digest) in enumerate(rows, start=1)
        if any(other == digest and first != split for first, other in rows[: n - 1])
    ]
    assert sorted(line for _, line in brief(shared_pictures(entries, digests))) == expected


def test_test_references_among_the_captions_are_leaks_where_chance_cannot_be():
    long = "a man in a red coat walks two big dogs along the sea"
    entries = [
        entry(1, "test", text="A dog!"),
        entry(2, "test", translations=("nobody wrote this", long.upper())),
        entry(3, "test", text="unheard of"),
        entry(4, "train", text="A dog!"),
        entry(5, "test"),
    ]
    found = list(leaked_references(entries, {"a dog", long}))
    assert brief(found) == [(Fault.SHORT_CAPTION_LEAK, 1), (Fault.CAPTION_LEAK, 2)]
    assert found[1].detail == long


def test_an_empty_id_is_no_picture():
    entries = [entry(1, image_id=""), entry(2, "test", image_id="")]
    assert not list(shared_pictures(entries, [None] * 2))
