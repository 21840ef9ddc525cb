"""Tiny models, as a run would leave them."""

from pathlib import Path

import pytest
import torch

from unsup_asr.encoders.clip import Clip
from unsup_asr.encoders.log_mel import LogMelConfig
from unsup_asr.encoders.speech import load_encoder
from unsup_asr.encoders.token_table import TokenTable
from unsup_asr.models.speech_clip.config import SpeechClipConfig
from unsup_asr.speech_clip import SpeechClipModel, SpeechClipSettings, new_network

KINDS = {
    "parallel": SpeechClipConfig(parallel=True, keywords="none", feed_forward=4, heads=2),
    "cascaded": SpeechClipConfig(count=3),
    "hybrid": SpeechClipConfig(parallel=True, count=3),
    "cascaded+": SpeechClipConfig(keywords="cif"),
    "hybrid+": SpeechClipConfig(parallel=True, keywords="cif"),
}


@pytest.fixture(scope="session", params=KINDS)
def each_kind(request, tiny_hubert, tiny_clip, tmp_path_factory) -> Path:
    """The folder of a drawn SpeechCLIP model, of each kind. Do not change it."""
    folder = tmp_path_factory.mktemp("speech_clip")
    return save_speech_clip(KINDS[request.param], tiny_hubert, tiny_clip, folder)


@pytest.fixture(scope="session")
def run_of_speech_clip(tiny_hubert, tiny_clip, tmp_path_factory) -> Path:
    """A run folder with a hybrid in it. Do not change it."""
    run = tmp_path_factory.mktemp("runs") / "hybrid"
    save_speech_clip(KINDS["hybrid"], tiny_hubert, tiny_clip, run / "model")
    return run


@pytest.fixture(scope="session")
def speech_clip(run_of_speech_clip) -> Path:
    """The folder of a hybrid."""
    return run_of_speech_clip / "model"


def save_speech_clip(config: SpeechClipConfig, hubert: Path, clip_folder: Path, folder: Path) -> Path:
    settings = SpeechClipSettings(config, str(hubert), str(clip_folder), LogMelConfig(), 0.07)
    encoder, clip = load_encoder(settings.encoder, settings.log_mel), Clip.load(settings.clip)
    tokens = TokenTable.from_captions([["a", "red", "dog"], ["two", "cats"]], clip)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = new_network(config, encoder, tokens, clip)
        torch.nn.init.normal_(network.layer_sum.weights)
    SpeechClipModel(settings, network, tokens, encoder, clip).save_pretrained(folder)
    return folder
