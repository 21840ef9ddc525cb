"""A run that hears through a HuBERT of its own: made once, and found again by whoever loads the model."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unsup_asr.pipeline.tone_run import LOOP, tone_config
from unsup_asr.corpora.cache import prepared
from unsup_asr.files import read_json, read_jsonl
from unsup_asr.pipeline.config import RunConfig
from unsup_asr.pipeline.miniature_hubert import MiniatureHuberts
from unsup_asr.pipeline.run import run
from unsup_asr.speech_to_text import SpeechToText
from unsup_asr.training.miniature_hubert import MiniatureHubertConfig

pytestmark = pytest.mark.usefixtures("own_cache")

SMALL = MiniatureHubertConfig(
    width=16, heads=2, layers=2, conv_dim=(8, 8, 16), positions=8, units=8, batch=4, crop=0.5, loop=LOOP
)


@pytest.fixture
def config(data, tiny_clip) -> RunConfig:
    return tone_config(data, tiny_clip, segmenter="energy", encoder="miniature_hubert:1", hubert=SMALL)


def test_generators_hear_its_layer_and_so_does_the_exported_model(config: RunConfig, tmp_path: Path) -> None:
    run(config, tmp_path)
    heard = read_json(tmp_path / "encoder.json")["encoder"]
    assert heard == MiniatureHuberts(config, prepared(config.data)).named(config.encoder)
    folder, _, layer = heard.rpartition(":")
    assert layer == "1" and read_json(Path(folder) / "config.json")["hidden_size"] == 16
    recordings = [
        Path(config.data.test).parent / row["audio_filepath"] for row in read_jsonl(Path(config.data.test))
    ]
    written = SpeechToText.from_pretrained(tmp_path).transcribe_all(recordings)
    decoded = read_jsonl(tmp_path / "decoded" / "adversarial.test.jsonl")
    assert [each.text for each in written] == [row["text"] for row in decoded]


def test_other_encoders_keep_their_names(config: RunConfig) -> None:
    huberts = MiniatureHuberts(replace(config, encoder="log_mel"), prepared(config.data))
    assert [huberts.named(name) for name in ("log_mel", "some/model:9")] == ["log_mel", "some/model:9"]
