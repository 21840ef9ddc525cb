"""A run over the language of tones: real recordings and pictures, so small that it takes seconds."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from segmenters.speech import Speech
from unsup_asr.corpora.manifests import ManifestsConfig
from unsup_asr.data.audio import write_audio
from unsup_asr.data.manifest import Utterance, Word, write_manifest
from unsup_asr.models.discriminator import DiscriminatorConfig
from unsup_asr.models.generator import GeneratorConfig
from unsup_asr.pipeline.boundary_tuning_config import HeadTuningConfig
from unsup_asr.pipeline.config import LanguageModelConfig, RunConfig, StageConfig
from unsup_asr.training.boundary_policy_training import BoundaryPolicyConfig
from unsup_asr.training.boundary_training import DistillationConfig
from unsup_asr.training.cascade import CascadeConfig, LossWeights
from unsup_asr.training.frame_words_training import FrameWordsTraining
from unsup_asr.training.loop import LoopConfig
from unsup_asr.training.re_estimation import ReEstimationConfig
from unsup_asr.training.self_training import SelfTrainingConfig
from unsup_asr.training.student_training import StudentConfig

LOOP = LoopConfig(4, 2, 1)
TONE, PAUSE = 0.25, 0.15
# They name folders or hold times, so that no two runs have the same.
ONES_OWN = {"results.json", "budget.json", "corpus.json"}


def write_tone_corpus(folder: Path, speech: Sequence[Speech]) -> ManifestsConfig:
    """Recordings of three tones each with their times, a picture for every three, and captions."""
    folder.mkdir()
    utterances = []
    for number, spoken in enumerate(speech):
        audio, picture = folder / f"{number}.wav", folder / f"{number // 3}.png"
        write_audio(audio, spoken.samples, spoken.rate)
        Image.new("RGB", (32, 32), (number * 9, 255 - number * 9, 80)).save(picture)
        text, starts = spoken.id.split("-"), [PAUSE + k * (TONE + PAUSE) for k in range(3)]
        words = tuple(Word(word, s, round(s + TONE, 3)) for word, s in zip(text, starts, strict=True))
        utterances.append(
            Utterance(
                f"u{number}",
                audio,
                spoken.duration,
                "en",
                image_filepath=picture,
                text=" ".join(text),
                words=words,
            )
        )
    for name, rows in (("train", utterances), ("validation", utterances[::3]), ("test", utterances[1::3])):
        write_manifest(folder / f"{name}.jsonl", rows)
    captions = [" ".join(spoken.id.split("-")) for spoken in speech]
    (folder / "captions.txt").write_text("\n".join([*captions, *captions[::2]]) + "\n")
    named = {name: str(folder / f"{name}.jsonl") for name in ("validation", "test")}
    return ManifestsConfig(
        manifest=str(folder / "train.jsonl"), captions=str(folder / "captions.txt"), **named
    )


def tone_config(data: ManifestsConfig, clip: Path, **changes: Any) -> RunConfig:
    """A boundary head that learned from `energy`; two stages of one start, nothing after them."""
    settings: dict[str, Any] = {
        "recipe": "tones",
        "data": data,
        "clip": str(clip),
        "segmenter": "boundary_head",
        "slots": 3,
        "starts": 1,
        "distillation": DistillationConfig(batch=8, loop=LoopConfig(40, 20, 10)),
        "lm": LanguageModelConfig(order=2),
        "generator": GeneratorConfig(narrow=8, wide=8),
        "discriminator": DiscriminatorConfig(hidden=8),
        "cascade": CascadeConfig(batch=8),
        "stages": [
            StageConfig("semantic", LossWeights(semantic=1.0), LOOP),
            StageConfig(
                "adversarial",
                LossWeights(semantic=1.0, bigram=0.3, unigram=2.0, adversarial=0.3),
                LOOP,
            ),
        ],
        "re_estimation": ReEstimationConfig(
            rounds=0, rated=8, adaptation=LOOP, frame_training=FrameWordsTraining(loop=LOOP)
        ),
        "self_training": SelfTrainingConfig(rounds=0, loop=LOOP, batch=8),
        "student": StudentConfig(loop=LoopConfig(0, 1, 1)),
    }
    return RunConfig(**{**settings, **changes})


def tuning(kind: str, **changes: Any) -> HeadTuningConfig:
    """A fine-tuning of four updates."""
    return HeadTuningConfig(kind, loop=LOOP, adaptation=LOOP, policy=BoundaryPolicyConfig(batch=8), **changes)


def made(folder: Path) -> dict[str, str]:
    """Hashes of all that a run has in its folder, by path; what must differ is passed over."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in ONES_OWN)
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
