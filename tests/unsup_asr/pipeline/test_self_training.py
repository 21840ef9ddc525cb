"""Rounds of self-training: what one has learned wrongly and sounds give away, the next is not taught."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.unsup_asr.pipeline.planted_parts import planted_parts
from tests.unsup_asr.planted import CHANNELS, SLOTS, rows, sounds, spoken_words
from tests.unsup_asr.training.test_exchanges import SENTENCES, TAKEN_FOR
from unsup_asr.models.generator import GeneratorConfig
from unsup_asr.pipeline.config import RunConfig
from unsup_asr.pipeline.networks import Networks
from unsup_asr.pipeline.parts import Parts
from unsup_asr.pipeline.self_training import SelfTraining
from unsup_asr.pipeline.trainer import Trainer
from unsup_asr.training.checkpoint import checkpoints
from unsup_asr.training.exchanges import ExchangesConfig
from unsup_asr.training.loop import LoopConfig, run_loop
from unsup_asr.training.metrics import MetricsLog
from unsup_asr.training.self_training import Imitation, SelfTrainingConfig
from unsup_asr.training.soft_targets import SoftTargets


def settings(exchanges: ExchangesConfig) -> RunConfig:
    return RunConfig(
        slots=SLOTS,
        generator=GeneratorConfig(narrow=16, wide=16, dropout=0.0),
        self_training=SelfTrainingConfig(rounds=1, loop=LoopConfig(60, 60, 30), batch=32, learning_rate=0.01),
        exchanges=exchanges,
    )


# Most of them begin with what was taken for something else.
SAID = [sentence for sentence in SENTENCES for _ in range(15 if sentence in TAKEN_FOR else 5)]
READ = [TAKEN_FOR.get(sentence, sentence) for sentence in SAID]


@pytest.fixture(scope="module")
def parts(tokenizer, tiny_clip, tmp_path_factory) -> Parts:
    captions = [sentence.split() for sentence in 20 * SENTENCES]
    return planted_parts(
        settings(ExchangesConfig()), captions, tokenizer, tiny_clip, tmp_path_factory.mktemp("parts")
    )


def entries(parts: Parts, sentences: list[str]) -> Tensor:
    found = rows(parts.vocabulary, [sentence.split() for sentence in sentences])
    return torch.tensor([entry for row in found for entry in row])


def decoded_at_last(parts: Parts, folder: Path, exchanges: ExchangesConfig) -> Tensor:
    """What a run's decoder writes in the end, segment by segment, if a generator had learned `READ` before."""
    pictures = parts.clip.encode_captions([parts.clip.tokenizer.encode(sentence) for sentence in SAID])
    said = rows(parts.vocabulary, [sentence.split() for sentence in SAID])
    spoken = spoken_words(said, sounds(len(parts.vocabulary)), pictures)
    config = settings(exchanges)
    networks = Networks(config, parts, CHANNELS)
    torch.manual_seed(0)
    targets = SoftTargets.read(entries(parts, READ), len(parts.vocabulary))
    task = Imitation(config.self_training, networks.generator(), spoken, targets, lambda heard: heard, 0)
    log = MetricsLog(folder / "metrics.jsonl", "wrong")
    run_loop(task, LoopConfig(100, 100, 50), folder / "wrong", log, 0)
    hints = torch.zeros(len(spoken), len(parts.vocabulary))
    wrong = checkpoints(folder / "wrong")[-1]
    last = SelfTraining(Trainer(folder, networks, spoken), spoken, hints).run(wrong)
    index = parts.vocabulary.index()
    words = [word for each in networks.decoder(last).decode(spoken) for word in each.words]
    return torch.tensor([index[word.word] for word in words])


def test_phrases_that_a_generator_has_exchanged_come_back(parts, tmp_path):
    true, wrong = entries(parts, SAID), entries(parts, READ)
    kept = decoded_at_last(parts, tmp_path / "kept", ExchangesConfig(most=0))
    undone = decoded_at_last(parts, tmp_path / "undone", ExchangesConfig(phrases=60))
    assert (kept == wrong)[true != wrong].float().mean() > 0.8
    assert undone.tolist() == true.tolist()
