"""Writes pictures with captions and recordings in the layout of Flickr8k and its audio captions."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.unsup_asr.corpora.published.media import write_picture, write_recording

LISTS = {"train": "trainImages", "validation": "devImages", "test": "testImages"}

# Pictures by split, and the captions of each in the order of their numbers.
Pictures = Mapping[str, Mapping[str, Sequence[str]]]


def write_flickr8k(
    root: Path,
    pictures: Pictures,
    unpacked: str = "Images",
    texts: str = "",
    recordings: Mapping[tuple[str, int], Path] | None = None,
    files: Mapping[str, Path] | None = None,
) -> Path:
    """Write a corpus.

    Args:
        root: its folder.
        pictures: `{split: {"1_a.jpg": [caption, …]}}`.
        unpacked: where the pictures' archive was unpacked to, below the root.
        texts: where the archive of texts was.
        recordings: to be copied, by picture and number of the caption; tones if None.
        files: pictures to be copied, by name; grey squares if None.
    """
    captions, heard, speakers = [], [], []
    for split, listed in LISTS.items():
        of_split = pictures.get(split, {})
        (root / texts).mkdir(parents=True, exist_ok=True)
        (root / texts / f"Flickr_8k.{listed}.txt").write_text("".join(f"{name}\n" for name in of_split))
        for name, sentences in of_split.items():
            _copy(root / unpacked / name, files[name] if files else None, write_picture)
            for number, sentence in enumerate(sentences):
                wav = f"{Path(name).stem}_{number}.wav"
                given = recordings[name, number] if recordings else None
                _copy(root / "flickr_audio" / "wavs" / wav, given, write_recording)
                captions.append(f"{name}#{number}\t{sentence}\n")
                heard.append(f"{wav} {name} #{number}\n")
                speakers.append(f"{wav} {number + 1}\n")
    (root / texts / "Flickr8k.token.txt").write_text("".join(captions))
    (root / "flickr_audio" / "wav2capt.txt").write_text("".join(heard))
    (root / "flickr_audio" / "wav2spk.txt").write_text("".join(speakers))
    return root


def _copy(target: Path, source: Path | None, otherwise) -> None:
    if source is None:
        otherwise(target)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
