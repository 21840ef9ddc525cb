"""Writes spoken captions in the layouts of SpokenCOCO: the release, Karpathy's splits, and one row a caption."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.unsup_asr.corpora.published.media import write_picture, write_recording

RELEASE = {"train": "SpokenCOCO_train.json", "validation": "SpokenCOCO_val.json"}
KARPATHY = {split: f"SpokenCOCO_ksplit_{name}.json" for split, name in
            {"train": "train", "validation": "val", "test": "test"}.items()}  # fmt: skip


@dataclass(frozen=True)
class Caption:
    """A spoken caption: who says what, when (`start__word__end …`), and how long the recording is."""

    text: str
    speaker: str = "m1"
    alignment: str | None = None
    seconds: float = 0.25


# Captions by split and by the picture's name, such as `val2014/COCO_val2014_000000000042.jpg`.
Pictures = Mapping[str, Mapping[str, Sequence[Caption]]]


def write_spokencoco(
    root: Path,
    pictures: Pictures,
    names: Mapping[str, str],
    images: Path | None = None,
    unrolled: bool = False,
) -> Path:
    """Write `wavs/`, pictures and a JSON file a split, named by `names`.

    Args:
        root: the folder SpokenCOCO.
        pictures: what is said of what.
        names: of the files: RELEASE or KARPATHY.
        images: where the pictures go; the root if None.
        unrolled: write a row a caption, with its alignment, as the splits with alignments come.
    """
    for split, name in names.items():
        rows = []
        for image, captions in pictures.get(split, {}).items():
            write_picture((images or root) / image)
            described = [_caption(root, image, k, caption) for k, caption in enumerate(captions)]
            if unrolled:
                rows += [_row(image, written, c) for written, c in zip(described, captions, strict=True)]
            else:
                rows.append({"image": image, "captions": described})
        (root / name).write_text(json.dumps({"data": rows}))
    return root


def _caption(root: Path, image: str, number: int, caption: Caption) -> dict[str, str]:
    uttid = f"{caption.speaker}-{Path(image).stem[-3:]}_{number}"
    wav = f"wavs/{image.partition('2014')[0]}/0/{uttid}.wav"
    write_recording(root / wav, caption.seconds)
    return {"text": caption.text, "speaker": caption.speaker, "uttid": uttid, "wav": wav}


def _row(image: str, written: dict[str, str], caption: Caption) -> dict[str, object]:
    row: dict[str, object] = {"image": image, "caption": written}
    return row if caption.alignment is None else {**row, "text_alignment": caption.alignment}
