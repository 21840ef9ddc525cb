"""Against fairseq 0.12.2 itself: files that its trainer saved, and the frames that it computed from them.

`real_models.py` made both, in an environment with fairseq. Three kinds lie in `golden`; `make test-fairseq` makes
and compares all.
"""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional
from transformers import AutoModel

from unsup_asr.cli.main import main
from unsup_asr.cli.status import DONE
from unsup_asr.encoders.fairseq.convert import convert
from unsup_asr.encoders.log_mel import LogMelConfig
from unsup_asr.encoders.speech import load_encoder

GOLDEN = Path(__file__).parent / "golden"
MADE = os.environ.get("FAIRSEQ_MODELS")
CLASSES = {
    "hubert_base": "HubertModel",
    "hubert_large": "HubertModel",
    "hubert_no_projection": "HubertModel",
    "hubert_ctc": "HubertModel",
    "wav2vec2_base": "Wav2Vec2Model",
    "wav2vec2_large": "Wav2Vec2Model",
    "wav2vec2_args": "Wav2Vec2Model",
    "wav2vec2_ctc": "Wav2Vec2Model",
    "data2vec_audio": "Data2VecAudioModel",
    "data2vec_ctc": "Data2VecAudioModel",
}
LARGEST_DIFFERENCE = 1e-4
# fairseq adds 1e-5 to the variance of a waveform that it normalises, transformers 1e-7. What that changes
# depends on how loud the recording is (here its standard deviation is 0.2), and is of transformers' making.
LARGEST_DIFFERENCE_OF_RECORDINGS = 1e-3

golden = pytest.mark.parametrize("kind", sorted(path.stem for path in GOLDEN.glob("*.npz")))


@pytest.fixture
def golden_file(kind: str, tmp_path: Path) -> Path:
    path = tmp_path / f"{kind}.pt"
    path.write_bytes(gzip.decompress((GOLDEN / f"{kind}.pt.gz").read_bytes()))
    return path


@golden
def test_golden_frames(kind: str, golden_file: Path, tmp_path: Path) -> None:
    assert largest_difference(golden_file, GOLDEN / f"{kind}.npz", tmp_path) <= LARGEST_DIFFERENCE


@golden
def test_every_weight_counts(kind: str, golden_file: Path) -> None:
    """So that no mistaken one could hide behind the bound."""
    model = convert(golden_file).model
    source, theirs = inputs(GOLDEN / f"{kind}.npz")
    for name, parameter in model.named_parameters():
        kept = parameter.detach().clone()
        torch.manual_seed(0)
        with torch.no_grad():
            parameter.add_(0.3 * kept.abs().max() * torch.randn_like(kept))
            difference = np.abs(model(source).last_hidden_state[0].numpy() - theirs["last"]).max()
            parameter.copy_(kept)
        # A softmax does not see what is added to all of its inputs; the mask's vector serves training.
        idle = name == "masked_spec_embed" or name.endswith("k_proj.bias")
        assert (difference < LARGEST_DIFFERENCE) == idle, (name, difference)


@golden
def test_recordings_are_prepared_as_fairseq_does(kind: str, golden_file: Path, tmp_path: Path) -> None:
    convert(golden_file).save(tmp_path)
    theirs = np.load(GOLDEN / f"{kind}.npz")
    encoder = load_encoder(str(tmp_path), LogMelConfig())
    assert encoder.do_normalize == theirs["normalize"]
    frames = encoder.encode(torch.from_numpy(theirs["waveform"])).numpy()
    assert np.abs(frames - theirs["last"]).max() <= LARGEST_DIFFERENCE_OF_RECORDINGS


@pytest.mark.fairseq
@pytest.mark.skipif(not MADE, reason="needs real fairseq: run make test-fairseq, which needs Python 3.10")
@pytest.mark.parametrize("kind", CLASSES)
def test_frames_are_those_of_fairseq(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = Path(str(MADE)) / kind
    difference = largest_difference(made.with_suffix(".pt"), made.with_suffix(".npz"), tmp_path)
    assert "assumed" not in capsys.readouterr().err
    with capsys.disabled():
        print(f"{kind}: largest difference {difference:.1e}")
    assert difference <= LARGEST_DIFFERENCE


def largest_difference(checkpoint: Path, expected: Path, folder: Path) -> float:
    """Over the frames of the first and of the last layer, after an import by the command line."""
    assert main(["import", "fairseq", str(checkpoint), str(folder / "out")]) == DONE
    model = AutoModel.from_pretrained(folder / "out").eval()
    assert type(model).__name__ == CLASSES[expected.stem]
    source, theirs = inputs(expected)
    with torch.no_grad():
        ours = model(source, output_hidden_states=True)
    pairs = ((ours.last_hidden_state, theirs["last"]), (ours.hidden_states[1], theirs["first"]))
    return max(
        float(np.abs(frames[0].numpy() - frames_of_fairseq).max()) for frames, frames_of_fairseq in pairs
    )


def inputs(expected: Path) -> tuple[torch.Tensor, dict[str, np.ndarray]]:
    """The waveform [1, n] as fairseq's data sets prepare it, and all that was kept with it."""
    theirs = dict(np.load(expected))
    source = torch.from_numpy(theirs["waveform"])
    return (functional.layer_norm(source, source.shape) if theirs["normalize"] else source)[None], theirs
