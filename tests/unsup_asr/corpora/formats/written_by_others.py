"""Writes the files below `golden/` with Lhotse and WebDataset themselves; run by hand, in their own environment.

pip install lhotse==1.33.0 webdataset==1.0.2 torch soundfile pillow
python written_by_others.py
"""

import io
import os
from pathlib import Path

import numpy as np
import soundfile
import webdataset
from lhotse import CutSet, Recording, RecordingSet, SupervisionSegment, SupervisionSet
from lhotse.kaldi import export_to_kaldi
from lhotse.supervision import AlignmentItem
from PIL import Image

RATE = 4000


def noise(seconds: float, channels: int = 1) -> np.ndarray:
    shape = (round(seconds * RATE), channels)
    return np.random.default_rng(channels).integers(-9000, 9000, shape, dtype=np.int16)


def write_audio() -> None:
    Path("audio").mkdir(exist_ok=True)
    soundfile.write("audio/two words.wav", noise(0.75), RATE)
    soundfile.write("audio/stereo.flac", noise(0.25, 2), RATE)


def write_lhotse() -> None:
    names = {"rec1": "audio/two words.wav", "rec2": "audio/stereo.flac"}
    recordings = RecordingSet.from_recordings(Recording.from_file(path, id) for id, path in names.items())
    words = [
        AlignmentItem("नमस्ते", 0.3, 0.1),
        AlignmentItem("", 0.4, 0.05),
        AlignmentItem("दुनिया", 0.45, 0.2, 0.9),
    ]
    phones = [AlignmentItem("n", 0.3, 0.05)]
    picture = {"image_filepath": "pictures/a.png", "translations": ["hello world"], "mood": "glad"}
    supervisions = SupervisionSet.from_segments(
        [
            SupervisionSegment("u1", "rec1", 0.0, 0.25, text="अ", language="hi", speaker="s1", gender="f"),
            SupervisionSegment(
                "u2", "rec1", 0.25, 0.5, text="नमस्ते दुनिया", language="hi", speaker="s1",
                custom=picture, alignment={"word": words, "phone": phones},
            ),
            SupervisionSegment("u3", "rec2", 0.0, 0.25, channel=[0, 1], text="犬", language="ja"),
        ]
    )  # fmt: skip
    cuts = CutSet.from_manifests(recordings=recordings, supervisions=supervisions)
    for folder in ("pair", "whole", "trimmed", "mixed", "kaldi"):
        Path(folder).mkdir(exist_ok=True)
    recordings.to_file("pair/recordings.jsonl.gz")
    supervisions.to_file("pair/supervisions.jsonl.gz")
    cuts.to_file("whole/cuts.jsonl.gz")
    cuts.trim_to_supervisions().to_file("trimmed/mini_cuts_train.jsonl.gz")
    (cuts.trim_to_supervisions() + cuts.pad(duration=1.0)).to_file("mixed/cuts.jsonl")
    cuts.perturb_speed(1.1).to_file("mixed/altered.jsonl")
    mono = recordings.filter(lambda recording: recording.num_channels == 1)
    spoken = supervisions.filter(lambda supervision: supervision.recording_id == "rec1")
    export_to_kaldi(mono, spoken, "kaldi", prefix_spk_id=True)


def write_webdataset() -> None:
    Path("shards").mkdir(exist_ok=True)
    recording, picture = io.BytesIO(), io.BytesIO()
    soundfile.write(recording, noise(0.25), RATE, format="WAV")
    Image.new("RGB", (4, 4), (200, 0, 0)).save(picture, "PNG")
    with webdataset.ShardWriter("shards/%04d.tar", maxcount=2, mtime=0, verbose=0) as shards:
        for number, text in enumerate(("a dog", "犬が走る", "नमस्ते")):
            files = {"wav": recording.getvalue(), "png": picture.getvalue(), "cls": number}
            told = {"json": {"text": text, "lang": "en", "speaker": "s"}} if number else {"txt": text}
            shards.write({"__key__": f"part/{number:03d}", **files, **told})


if __name__ == "__main__":
    os.chdir(Path(__file__).parent / "golden")
    write_audio()
    write_lhotse()
    write_webdataset()
