"""Flickr8k in its publisher's layout: both unpackings, official splits, every fault counted, the real text."""

from collections import Counter
from pathlib import Path

import pytest

from tests.unsup_asr.corpora.published.flickr8k_layout import write_flickr8k
from tests.unsup_asr.corpora.published.media import truncate, write_picture
from unsup_asr.corpora.preparation import Preparation, write_preparation
from unsup_asr.corpora.published.by_picture import text_half
from unsup_asr.corpora.published.flickr8k import list_flickr8k, prepare_flickr8k
from unsup_asr.data.manifest import read_manifest
from unsup_asr.errors import InputError, UsageError

TEXT = Path(__file__).resolve().parents[4] / "../shared/data/flickr8k_text"
needs_text = pytest.mark.skipif(not TEXT.is_dir(), reason="needs the text of Flickr8k in shared/data")

PICTURES = {
    "train": {f"{n}_t.jpg": [f"A dog {n} runs , says {c} ." for c in range(2)] for n in range(16)},
    "validation": {f"{n}_v.jpg": [f"A cat {n} sits , says {c} ." for c in range(2)] for n in range(5)},
    "test": {f"{n}_e.jpg": [f"A bird {n} flies , says {c} ." for c in range(2)] for n in range(4)},
}


def pictures(preparation: Preparation, split: str) -> set[str]:
    return {utterance.picture for utterance in preparation.splits[split]}


def planted(preparation: Preparation) -> dict[str, int]:
    """Reasons and counts, but for the lists being short, and the text side."""
    counts = preparation.reasons.items()
    return {why: count for why, count in counts if not why.endswith(("are published", "on the text side"))}


@pytest.mark.parametrize("unpacked", ["Images", "Images/Flicker8k_Dataset"])
@pytest.mark.parametrize("texts", ["", "Flickr8k_text"])
def test_the_official_splits_with_what_is_read_out(unpacked, texts, tmp_path):
    prepared = prepare_flickr8k(write_flickr8k(tmp_path, PICTURES, unpacked, texts), text_share=0)
    assert {split: len(us) for split, us in prepared.splits.items()} == {
        "train": 32,
        "validation": 10,
        "test": 8,
    }
    assert prepared.reasons == {
        "16 pictures are listed, 6,000 are published": 1,
        "5 pictures are listed, 1,000 are published": 1,
        "4 pictures are listed, 1,000 are published": 1,
    }
    assert not any(each.broken for each in prepared.left_out)
    assert prepared.reference_kind == "gold"
    by_id = {utterance.id: utterance for utterance in prepared.splits["test"]}
    one = by_id["2_e_1"]
    assert (one.text, one.speaker, one.image_id, one.lang) == (
        "A bird 2 flies , says 1 .",
        "2",
        "2_e.jpg",
        "en",
    )
    assert one.duration == pytest.approx(0.25)
    assert one.audio_filepath.is_file() and one.image_filepath == tmp_path / unpacked / "2_e.jpg"


def test_captions_come_from_pictures_that_are_not_heard(tmp_path):
    prepared = prepare_flickr8k(write_flickr8k(tmp_path, PICTURES))
    lent = {name for name in PICTURES["train"] if text_half(name, 0.5)}
    assert 0 < len(lent) < 16
    assert prepared.captions == [
        c for name, captions in PICTURES["train"].items() if name in lent for c in captions
    ]
    assert pictures(prepared, "train") == set(PICTURES["train"]) - lent
    assert prepared.reasons["picture is on the text side"] == 2 * len(lent)
    assert f"{len(lent)} training pictures" in prepared.captions_from
    assert len(prepared.splits["test"]) == 8


def test_captions_of_a_file_leave_all_pictures_heard(tmp_path):
    file = tmp_path / "captions.txt"
    file.write_text("a boat\nA bird 2 flies, says 1!\nA DOG 1 runs says 0\na train\n")
    prepared = prepare_flickr8k(write_flickr8k(tmp_path / "flickr8k", PICTURES), captions=file)
    assert prepared.captions == ["a boat", "a train"]
    assert prepared.reasons["caption is said in the corpus"] == 2
    assert len(prepared.splits["train"]) == 32
    assert prepared.captions_from == "the file captions.txt"


def test_every_fault_is_counted_and_the_rest_prepared(tmp_path):
    root = write_flickr8k(tmp_path, PICTURES)
    wavs, audio = root / "flickr_audio" / "wavs", root / "flickr_audio"
    (wavs / "0_v_0.wav").unlink()
    (wavs / "0_v_1.wav").write_bytes(b"")
    (wavs / "1_v_0.wav").write_bytes(b"no sound at all")
    truncate(wavs / "1_v_1.wav")
    (root / "Images" / "2_v.jpg").unlink()
    (root / "Images" / "3_v.jpg").write_bytes(b"no picture")
    with (audio / "wav2capt.txt").open("a") as file:
        file.write("9_x_0.wav 9_x.jpg #0\n0_e_9.wav 0_e.jpg #9\nnot a line of four\n0_e_0.wav 0_e.jpg #0\n")
    with (root / "Flickr_8k.testImages.txt").open("a") as file:
        file.write("7_e.jpg\n0_t.jpg\n")
    with (root / "Flickr8k.token.txt").open("a") as file:
        file.write("0_e.jpg#0\tAnother caption .\n")
    prepared = prepare_flickr8k(root, text_share=0)
    assert planted(prepared) == {
        "recording is missing": 1,
        "recording is empty": 1,
        "recording is unreadable": 1,
        "recording is truncated": 1,
        "picture is missing": 2,
        "picture is unreadable": 2,
        "picture is in no split": 1,
        "caption is not in Flickr8k.token.txt": 1,
        "line of wav2capt.txt has not 3 fields": 1,
        "utterance is listed before": 1,
        "picture is not in wav2capt.txt": 1,
        "picture is in test, too": 1,
        "caption bears the number of another": 1,
    }
    assert [u.id for u in prepared.splits["validation"]] == ["4_v_0", "4_v_1"]
    assert "0_t.jpg" in pictures(prepared, "test") - pictures(prepared, "train")
    assert {u.id: u.text for u in prepared.splits["test"]}["0_e_0"] == "A bird 0 flies , says 0 ."


def test_half_the_files_missing_prepares_the_other_half(tmp_path):
    root = write_flickr8k(tmp_path, PICTURES)
    for wav in sorted((root / "flickr_audio" / "wavs").iterdir())[::2]:
        wav.unlink()
    prepared = prepare_flickr8k(root, text_share=0)
    kept = sum(map(len, prepared.splits.values()))
    assert kept == 25 and planted(prepared) == {"recording is missing": 25}


def test_another_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"is not Flickr8k .*wav2capt\.txt is missing.*give the folder"):
        prepare_flickr8k(tmp_path)
    root = write_flickr8k(tmp_path, PICTURES)
    (root / "Flickr_8k.devImages.txt").unlink()
    with pytest.raises(
        InputError, match=r"is not the text of Flickr8k: Flickr_8k\.devImages\.txt is missing"
    ):
        prepare_flickr8k(root)


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_a_share_that_leaves_no_speech_is_refused(share, tmp_path):
    with pytest.raises(UsageError, match="text share"):
        prepare_flickr8k(write_flickr8k(tmp_path, PICTURES), text_share=share)


def test_written_and_read_again(tmp_path):
    prepared = prepare_flickr8k(write_flickr8k(tmp_path / "flickr8k", PICTURES))
    record = write_preparation(prepared, tmp_path / "out")
    assert read_manifest(tmp_path / "out" / "train.jsonl") == list(prepared.splits["train"])
    assert record.kept["test"] == 8 and record.captions == len(prepared.captions)


@needs_text
def test_the_real_text(tmp_path):
    """Its captions are all listed; recordings are not here, and each is told to be missing."""
    root = tmp_path / "flickr8k"
    (root / "Flickr8k_text").parent.mkdir()
    (root / "Flickr8k_text").symlink_to(TEXT.resolve())
    write_picture(root / "Images" / "any.jpg")
    numbers = [line.split("\t")[0] for line in (TEXT / "Flickr8k.token.txt").read_text().splitlines()]
    named = [
        (f"{name.rpartition('.')[0]}_{n}.wav", name, n)
        for name, n in (number.split("#") for number in numbers)
    ]
    (root / "flickr_audio").mkdir()
    (root / "flickr_audio" / "wav2capt.txt").write_text(
        "".join(f"{wav} {name} #{n}\n" for wav, name, n in named)
    )
    (root / "flickr_audio" / "wav2spk.txt").write_text("".join(f"{wav} 1\n" for wav, _, _ in named))
    listing = list_flickr8k(root)
    # The copy here has further pictures, whose names begin with an e; the publisher's have none such.
    official = Counter(s for s, us in listing.splits.items() for u in us if not u.id.startswith("e"))
    assert official == {"train": 30_000, "validation": 5_000, "test": 5_000}
    prepared = prepare_flickr8k(root)
    assert not any(prepared.splits.values())
    assert 14_000 < len(prepared.captions) < 16_500
    told = {each.id for each in prepared.left_out if each.reason == "recording is missing"}
    assert told == {
        u.id for s, us in listing.splits.items() for u in us if s != "train" or not text_half(u.picture, 0.5)
    }
