"""SpokenCOCO as released and as Karpathy split it, with alignments in the files and beside them."""

import json

import pytest

from segmenters.alignments.ctm import write_ctm
from segmenters.alignments.spokencoco import write_spokencoco as write_alignments
from segmenters.segmentation import Segmentation, Span
from tests.unsup_asr.corpora.published.media import truncate
from tests.unsup_asr.corpora.published.spokencoco_layout import KARPATHY, RELEASE, Caption, write_spokencoco
from unsup_asr.corpora.preparation import Preparation
from unsup_asr.corpora.published.by_picture import text_half
from unsup_asr.corpora.published.spokencoco import prepare_spokencoco
from unsup_asr.data.manifest import Word
from unsup_asr.errors import InputError

TIMES = "0.05__a__0.08 0.08__cat__0.2 oops 0.2__<UNK>__0.22 0.21__sits__0.4"


def image(part: str, number: int) -> str:
    return f"{part}2014/COCO_{part}2014_{number:012d}.jpg"


TRAIN = {image("train", n): [Caption(f"a dog {n} {k}") for k in range(2)] for n in range(12)}
VALIDATION = {
    image("val", n): [Caption(f"a cat {n} {k}", "m2", TIMES) for k in range(2)] for n in range(12, 24)
}
TEST = {image("val", n): [Caption(f"a bird {n} {k}", "m3") for k in range(2)] for n in range(24, 27)}


def sizes(preparation: Preparation) -> dict[str, int]:
    return {split: len(utterances) for split, utterances in preparation.splits.items()}


def pictures(preparation: Preparation, split: str) -> set[str]:
    return {utterance.picture for utterance in preparation.splits[split]}


def planted(preparation: Preparation) -> dict[str, int]:
    """Reasons and counts, but for the corpus being small, and the text side."""
    counts = preparation.reasons.items()
    return {why: count for why, count in counts if not why.endswith(("are published", "on the text side"))}


def test_karpathys_splits_with_pictures_elsewhere(tmp_path):
    every = {"train": TRAIN, "validation": VALIDATION, "test": TEST}
    root = write_spokencoco(tmp_path / "SpokenCOCO", every, KARPATHY, tmp_path / "coco")
    prepared = prepare_spokencoco(root, tmp_path / "coco", text_share=0)
    assert sizes(prepared) == {"train": 24, "validation": 24, "test": 6}
    assert prepared.reasons == {"27 pictures are listed, 123,287 are published": 1}
    one = prepared.splits["test"][1]
    assert (one.id, one.text, one.speaker, one.lang) == ("m3-024_1", "a bird 24 1", "m3", "en")
    assert one.audio_filepath == root / "wavs" / "val" / "0" / "m3-024_1.wav"
    assert one.image_filepath == tmp_path / "coco" / image("val", 24)
    assert (one.image_id, one.duration, prepared.reference_kind) == (image("val", 24), 0.25, "gold")


def test_the_release_gets_a_test_set_from_its_validation_pictures(tmp_path):
    root = write_spokencoco(tmp_path, {"train": TRAIN, "validation": VALIDATION}, RELEASE)
    prepared = prepare_spokencoco(root)
    assert pictures(prepared, "validation") | pictures(prepared, "test") == set(VALIDATION)
    assert not pictures(prepared, "validation") & pictures(prepared, "test")
    assert sizes(prepared)["validation"] >= 4 and sizes(prepared)["test"] >= 4
    lent = {name for name in TRAIN if text_half(name, 0.5)}
    assert prepared.captions == [c.text for name, captions in TRAIN.items() if name in lent for c in captions]
    assert pictures(prepared, "train") == set(TRAIN) - lent


def test_alignments_beside_the_captions(tmp_path):
    every = {"train": TRAIN, "validation": VALIDATION, "test": TEST}
    prepared = prepare_spokencoco(write_spokencoco(tmp_path, every, KARPATHY, unrolled=True), text_share=0)
    assert sizes(prepared) == {"train": 24, "validation": 24, "test": 6}
    words = (Word("a", 0.05, 0.08), Word("cat", 0.08, 0.2), Word("sits", 0.21, 0.25))
    assert all(utterance.words == words for utterance in prepared.splits["validation"])
    assert planted(prepared) == {
        "word times are missing": 30,
        "word: not in the form of a word with times": 24,
    }
    assert not any(each.broken for each in prepared.left_out)


@pytest.mark.parametrize("form", ["json", "ctm", "folder"])
def test_alignments_of_somebody_else(form, tmp_path):
    every = {"train": TRAIN, "validation": VALIDATION, "test": TEST}
    root = write_spokencoco(tmp_path / "SpokenCOCO", every, KARPATHY)
    spans = (Span(0.0, 0.1), Span(0.1, 0.2))
    aligned = [Segmentation(f"m3-024_{k}", 0.25, spans, "gold") for k in range(2)]
    labels = {item.id: ("a", "bird") for item in aligned}
    path = tmp_path / "alignments" / ("a.ctm" if form == "ctm" else "a.json")
    path.parent.mkdir()
    (write_ctm if form == "ctm" else write_alignments)(path, aligned, labels)
    prepared = prepare_spokencoco(root, alignments=path.parent if form == "folder" else path, text_share=0)
    with_words = {utterance.id: utterance.words for utterance in prepared.splits["test"] if utterance.words}
    assert with_words == {item.id: (Word("a", 0.0, 0.1), Word("bird", 0.1, 0.2)) for item in aligned}
    assert planted(prepared) == {"word times are missing": 52}


def test_alignments_by_recording(tmp_path):
    root = write_spokencoco(tmp_path, {"train": TRAIN, "validation": {}, "test": TEST}, KARPATHY)
    row = {"caption": {"wav": "wavs/val/0/m3-024_0.wav"}, "text_alignment": "0.0__bird__0.2"}
    (path := tmp_path / "alignments.json").write_text(json.dumps({"data": [row]}))
    prepared = prepare_spokencoco(root, alignments=path, text_share=0)
    assert prepared.splits["test"][0].words == (Word("bird", 0.0, 0.2),)


def test_every_fault_is_counted_and_the_rest_prepared(tmp_path):
    root = write_spokencoco(tmp_path, {"train": TRAIN, "validation": VALIDATION, "test": TEST}, KARPATHY)
    truncate(root / "wavs" / "val" / "0" / "m3-024_0.wav")
    (root / "wavs" / "val" / "0" / "m3-024_1.wav").unlink()
    (root / image("val", 25)).unlink()
    content = json.loads((root / KARPATHY["train"]).read_text())
    shared = json.loads((root / KARPATHY["test"]).read_text())["data"][2]
    content["data"] += [
        {"image": "train2014/x.jpg"},
        {"image": "train2014/x.jpg", "captions": "none"},
        {"captions": [{"text": "a", "wav": "a.wav"}]},
        {
            "image": "train2014/x.jpg",
            "captions": [{"text": "a"}, {"wav": "b.wav"}, {"text": 3, "wav": "c.wav"}],
        },
        {
            "image": shared["image"],
            "captions": [{**c, "uttid": f"new-{k}"} for k, c in enumerate(shared["captions"])],
        },
        content["data"][0],
    ]
    (root / KARPATHY["train"]).write_text(json.dumps(content))
    prepared = prepare_spokencoco(root, text_share=0)
    assert sizes(prepared) == {"train": 24, "validation": 24, "test": 2}
    assert planted(prepared) == {
        "recording is truncated": 1,
        "recording is missing": 1,
        "picture is missing": 2,
        "picture has no captions": 1,
        "field 'captions' is 'none'": 1,
        "field 'image' is missing": 1,
        "field 'wav' is missing": 1,
        "field 'text' is missing": 1,
        "field 'text' is 3": 1,
        "picture is in test, too": 2,
        "utterance is listed before": 2,
    }
    on_purpose = {each.reason for each in prepared.left_out if not each.broken}
    assert {"picture is in test, too", "utterance is listed before"} < on_purpose and len(on_purpose) == 3


def test_another_folder_and_a_damaged_file_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"is not SpokenCOCO: SpokenCOCO_train\.json is missing"):
        prepare_spokencoco(tmp_path)
    root = write_spokencoco(tmp_path, {"train": TRAIN}, RELEASE)
    truncate(root / RELEASE["train"])
    with pytest.raises(InputError, match=r"SpokenCOCO_train\.json: not valid JSON"):
        prepare_spokencoco(root)
