"""A SpeechCLIP model on disk: what is written is what is read, and what cannot be read is said."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from unsup_asr.encoders.clip import Clip
from unsup_asr.encoders.log_mel import LogMelConfig
from unsup_asr.encoders.speech import load_encoder
from unsup_asr.encoders.token_table import TokenTable
from unsup_asr.errors import InputError
from unsup_asr.files import read_json, write_json
from unsup_asr.models.speech_clip.config import QuantiserConfig, SpeechClipConfig
from unsup_asr.speech_clip import SpeechClipModel, SpeechClipSettings, new_network

CONFIG = SpeechClipConfig(parallel=True, count=3, heads=2, quantiser=QuantiserConfig(kind="learnable"))


@pytest.fixture
def model(tiny_hubert, tiny_clip) -> SpeechClipModel:
    encoder, clip = load_encoder(str(tiny_hubert), LogMelConfig()), Clip.load(str(tiny_clip))
    tokens = TokenTable.from_captions([["a", "red", "dog"], ["a", "cat"]], clip)
    settings = SpeechClipSettings(CONFIG, str(tiny_hubert), str(tiny_clip), LogMelConfig(), 0.07)
    torch.manual_seed(0)
    return SpeechClipModel(settings, new_network(CONFIG, encoder, tokens, clip), tokens, encoder, clip)


@pytest.fixture
def heard() -> list[torch.Tensor]:
    torch.manual_seed(1)
    return [0.1 * torch.randn(n) for n in (8000, 5000)]


def alike(one: SpeechClipModel, other: SpeechClipModel, heard: list[torch.Tensor]) -> bool:
    mine, theirs = one.embed(heard), other.embed(heard)
    return torch.equal(mine.parallel, theirs.parallel) and torch.equal(mine.cascaded, theirs.cascaded)


def test_what_is_written_is_what_is_read(model, heard, tmp_path):
    model.save_pretrained(tmp_path / "run" / "model")
    for path in (tmp_path / "run", tmp_path / "run" / "model"):
        again = SpeechClipModel.from_pretrained(path)
        assert again.settings == model.settings and again.tokens.pieces == model.tokens.pieces
        assert alike(model, again, heard)


def test_a_batch_is_its_utterances_one_by_one(model, heard):
    together = model.embed(heard)
    for row, samples in enumerate(heard):
        torch.testing.assert_close(model.embed([samples]).cascaded[0], together.cascaded[row])
    states, lengths = model.hidden_states(heard)
    alone, _ = model.hidden_states(heard[1:])
    for each, own in zip(states, alone, strict=True):
        torch.testing.assert_close(each[1, : lengths[1]], own[0], atol=1e-5, rtol=1e-4)


def test_its_own_encoder_and_clip_go_where_it_goes(
    model, heard, tmp_path, tiny_hubert, tiny_clip, monkeypatch
):
    """Whatever stands in the working directory under the names of the subfolders."""
    for decoy in ("encoder", "clip"):
        (tmp_path / decoy).mkdir()
    monkeypatch.chdir(tmp_path)
    model.settings = replace(model.settings, encoder="encoder", clip="clip")
    model.save_pretrained(tmp_path / "first")
    shutil.copytree(tiny_hubert, tmp_path / "first" / "encoder")
    shutil.copytree(tiny_clip, tmp_path / "first" / "clip")
    (tmp_path / "first").rename(tmp_path / "moved")
    assert alike(model, SpeechClipModel.from_pretrained(tmp_path / "moved"), heard)


def _truncated(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def _of_another_architecture(folder: Path) -> None:
    values = read_json(folder / "config.json")
    values["model"]["count"] = 4
    write_json(folder / "config.json", values)


def _without_tokens(folder: Path) -> None:
    (folder / "tokens.safetensors").unlink()


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (_truncated, "the model cannot be read: SafetensorError"),
        (_of_another_architecture, "size mismatch for cls: .* torch.Size"),
        (_without_tokens, "there is no SpeechCLIP model"),
    ],
)
def test_what_is_damaged_is_refused(damage, fault, model, tmp_path):
    model.save_pretrained(tmp_path)
    damage(tmp_path)
    with pytest.raises(InputError, match=fault):
        SpeechClipModel.from_pretrained(tmp_path)
