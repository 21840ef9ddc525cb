"""Splits of frames as wav2vec-U reads them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from unsup_asr.corpora.wav2vec_u.features import read_features, write_features
from unsup_asr.corpora.wav2vec_u.lists import Reference, Spoken
from unsup_asr.errors import InputError

Utterances = list[tuple[Spoken, NDArray[np.float32]]]


def utterances(lengths: list[int], channels: int = 2, referenced: bool = True) -> Utterances:
    rng = np.random.default_rng(0)
    reference = Reference(("a", "bee"), ("eI", "b", "i:")) if referenced else None
    return [
        (
            Spoken(f"u-{number}", Path(f"/speech/é {number}.wav"), 320 * length, reference),
            rng.standard_normal((length, channels)).astype(np.float32),
        )
        for number, length in enumerate(lengths)
    ]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_features(tmp_path, "valid", utterances([3, 5, 4]))
    return tmp_path


@given(st.lists(st.integers(3, 9), min_size=1, max_size=8), st.integers(1, 5), st.booleans())
def test_a_split_is_read_as_it_was_written(
    tmp_path_factory, lengths: list[int], channels: int, referenced: bool
) -> None:
    folder, given_ = tmp_path_factory.mktemp("features"), utterances(lengths, channels, referenced)
    write_features(folder, "valid", iter(given_))
    split = read_features(folder, "valid")
    assert split.lengths.tolist() == lengths
    assert [spoken for spoken, _ in split] == [spoken for spoken, _ in given_]
    assert all(np.array_equal(ours, theirs) for (_, ours), (_, theirs) in zip(split, given_, strict=True))


def test_the_files_are_those_of_the_layout(written: Path) -> None:
    assert np.load(written / "valid.npy").shape == (12, 2)
    assert (written / "valid.lengths").read_text() == "3\n5\n4\n"
    assert (written / "valid.tsv").read_text().split("\n")[:2] == ["/", "speech/é 0.wav\t960"]
    assert (written / "valid.uid").read_text() == "u-0\nu-1\nu-2\n"
    assert (written / "valid.phn").read_text() == "eI b i:\n" * 3
    assert (written / "valid.wrd").read_text() == "a bee\n" * 3


def test_speech_without_references_gets_no_labels(tmp_path: Path) -> None:
    write_features(tmp_path, "train", utterances([3, 4], referenced=False))
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".lengths", ".npy", ".tsv", ".uid"]


def test_what_the_published_scripts_write_has_paths_for_ids(written: Path) -> None:
    (written / "valid.uid").unlink()
    assert read_features(written, "valid").utterances[1].id == "speech/é 1.wav"


def appended(name: str, text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_text((folder / name).read_text() + text) and None


def rewritten(name: str, old: str, new: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_text((folder / name).read_text().replace(old, new)) and None


@pytest.mark.parametrize(
    ("harm", "fault"),
    [
        (
            rewritten("valid.lengths", "5", "6"),
            r"valid.lengths: the lengths add up to 13 frames, valid.npy has 12",
        ),
        (rewritten("valid.lengths", "5", "five"), r"valid.lengths:2: 'five' is no number"),
        (appended("valid.lengths", "0\n"), r"valid.tsv: lists 3 utterances, valid.lengths 4"),
        (rewritten("valid.tsv", "\t1600", " 1600"), r"valid.tsv:3: .* is not PATH, tab, SAMPLES"),
        (appended("valid.phn", "b\n"), r"valid.phn: has 4 lines for 3 utterances"),
        (lambda folder: (folder / "valid.wrd").write_text("a\n"), r"valid.wrd: has 1 lines for 3 utterances"),
        (lambda folder: (folder / "valid.npy").write_bytes(b"x"), r"valid.npy: cannot be read as an array"),
        (
            lambda folder: np.save(folder / "valid.npy", np.zeros((12, 2))),
            r"valid.npy: holds float64 \[12, 2\]",
        ),
        (lambda folder: (folder / "valid.npy").unlink(), r"valid.npy: cannot be read"),
        (lambda folder: (folder / "valid.lengths").unlink(), r"valid.lengths: cannot be read"),
    ],
)
def test_files_that_do_not_agree_are_refused(
    written: Path, harm: Callable[[Path], object], fault: str
) -> None:
    harm(written)
    with pytest.raises(InputError, match=fault):
        read_features(written, "valid")


def spoiled(**changes: object) -> Utterances:
    """Three utterances, of which the last is another."""
    first, second, (spoken, frames) = utterances([3, 5, 4])
    frames = changes.pop("frames", frames)
    given_ = {"id": spoken.id, "path": spoken.path, "samples": 1, "reference": spoken.reference, **changes}
    return [first, second, (Spoken(**given_), frames)]


@pytest.mark.parametrize(
    ("given_", "fault"),
    [
        ([], "the split has no utterance"),
        (spoiled(frames=np.zeros((4, 3), np.float32)), r"u-2: its frames are \[4, 3\], those before have 2"),
        (spoiled(frames=np.zeros((2, 2), np.float32)), "u-2: has 2 frames, .* fewer than 3"),
        (spoiled(frames=np.full((4, 2), np.nan, np.float32)), "u-2: a frame is not finite"),
        (spoiled(path=Path("/a\tb.wav")), "u-2: path .* cannot stand in a line"),
        (spoiled(reference=None), "u-2: has no reference, 2 of 3 utterances have"),
    ],
)
def test_what_wav2vec_u_could_not_use_is_refused(tmp_path: Path, given_: Utterances, fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        write_features(tmp_path, "valid", given_)
