"""What fairseq 0.12.2 itself reads of a folder that we wrote, and what it writes of the same text.

Runs in fairseq's own environment, not in the tests': `python read_by_fairseq.py FEATURES TEXT OUT`.
"""

import json
import sys
from pathlib import Path

import numpy as np
from fairseq.data import Dictionary, StripTokenDataset, data_utils
from fairseq.examples.wav2vec.unsupervised.data import ExtractedFeaturesDataset
from fairseq.options import get_preprocessing_parser
from fairseq_cli import preprocess


def main(features: Path, text: Path, out: Path) -> None:
    """Write `read.json` and `frames.npz`, and fairseq's own `train.bin` and `train.idx`."""
    dictionary = Dictionary.load(str(text / "dict.txt"))
    split = ExtractedFeaturesDataset(
        str(features), "valid", labels="phn", label_dict=dictionary, shuffle=False, sort_by_length=False
    )
    samples = [split[index] for index in range(len(split))]
    sentences = StripTokenDataset(
        data_utils.load_indexed_dataset(str(text / "train"), dictionary), dictionary.eos()
    )
    read = {
        "targets": [dictionary.string(sample["target"]) for sample in samples],
        "batch": list(split.collater(samples)["net_input"]["features"].shape),
        "symbols": dictionary.symbols,
        "sentences": [dictionary.string(sentence) for sentence in sentences],
    }
    (out / "read.json").write_text(json.dumps(read))
    np.savez(out / "frames.npz", *(sample["features"].numpy() for sample in samples))
    preprocess.main(
        get_preprocessing_parser().parse_args(
            [
                "--only-source",
                "--dataset-impl=mmap",
                f"--srcdict={text / 'dict.txt'}",
                f"--trainpref={text / 'plain.txt'}",
                f"--destdir={out}",
            ]
        )
    )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
