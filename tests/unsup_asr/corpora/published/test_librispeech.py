"""LibriSpeech: the parts asked for, words from either form of alignments, nothing to see and nothing to read."""

import pytest

from segmenters.errors import SegmentationError
from tests.unsup_asr.corpora.published.librispeech_layout import (
    chapter,
    write_librispeech,
    write_lists,
    write_textgrids,
)
from tests.unsup_asr.corpora.published.media import write_recording
from unsup_asr.corpora.published.librispeech import prepare_librispeech
from unsup_asr.data.manifest import Word
from unsup_asr.errors import InputError

WORDS = (("go", 0.25, 0.5), ("do", 0.5, 0.75))
CLEAN = {f"84-1211{c}-000{n}": WORDS for c in range(2) for n in range(3)}
OTHER = {f"99-7-000{n}": WORDS for n in range(2)}


@pytest.fixture
def root(tmp_path):
    for part, utterances in {
        "test-clean": CLEAN,
        "test-other": OTHER,
        "dev-clean": {"5-6-0000": WORDS},
    }.items():
        write_librispeech(tmp_path / "LibriSpeech", part, utterances)
    return tmp_path


def planted(preparation) -> dict[str, int]:
    return {why: count for why, count in preparation.reasons.items() if not why.endswith("are published")}


@pytest.mark.parametrize("write", [write_textgrids, write_lists])
@pytest.mark.parametrize("beside", [True, False])
def test_words_come_from_either_form_of_alignments(write, beside, root):
    write(root / ("LibriSpeech" if beside else "alignments"), "test-clean", CLEAN)
    prepared = prepare_librispeech(root, alignments=None if beside else root / "alignments")
    assert list(prepared.splits) == ["test"]
    assert {u.id for u in prepared.splits["test"]} == set(CLEAN)
    for utterance in prepared.splits["test"]:
        assert [word.word.lower() for word in utterance.words] == ["go", "do"]
        assert [(word.start, word.end) for word in utterance.words] == [(0.25, 0.5), (0.5, 0.75)]
        assert (utterance.text, utterance.speaker, utterance.duration) == ("GO DO", "84", 1.0)
        assert utterance.image_filepath is None
    assert (prepared.captions, prepared.reference_kind) == ((), "gold")
    assert prepared.reasons == {"6 utterances are listed, 2,620 are published": 1}


def test_only_the_parts_asked_for(root):
    prepared = prepare_librispeech(
        root / "LibriSpeech", test=("test-clean", "test-other"), validation=("dev-clean",)
    )
    assert {split: len(us) for split, us in prepared.splits.items()} == {"validation": 1, "test": 8}
    assert planted(prepared) == {"word times are missing": 9}


def test_every_fault_is_counted_and_the_rest_prepared(root):
    write_textgrids(root, "test-clean", {id: (*WORDS, ("late", 0.9, 1.2)) for id in list(CLEAN)[:2]}, 1.5)
    folder = chapter(root / "LibriSpeech" / "test-clean", next(iter(CLEAN)))
    (folder / "84-12110-0002.flac").unlink()
    write_recording(folder / "84-12110-0009.flac")
    prepared = prepare_librispeech(root)
    assert len(prepared.splits["test"]) == 5
    assert prepared.splits["test"][0].words[-1] == Word("late", 0.9, 1.0)
    assert planted(prepared) == {
        "recording is missing": 1, "transcript is missing": 1, "word times are missing": 3,
    }  # fmt: skip
    assert {each.id for each in prepared.left_out if each.broken} == {"84-12110-0002", "84-12110-0009"}


def test_what_is_not_there_is_refused(root):
    with pytest.raises(InputError, match=r"is not LibriSpeech: train-clean-100 is missing.*openslr"):
        prepare_librispeech(root, train=("train-clean-100",))
    (root / "84-12110.alignment.txt").write_text("nothing\n")
    with pytest.raises(SegmentationError, match=r"84-12110\.alignment\.txt:1: no alignment"):
        prepare_librispeech(root)
