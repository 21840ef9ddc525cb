"""One update of each task that processes share, for torchrun: `together.py CLIP OUT` writes losses and gradients.

Nothing in it is drawn while it learns: what a process draws is its own.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lm.kneser_ney import estimate
from tests.unsup_asr.planted import CAPTIONS, new_generator, rows, sounds, spoken_words
from tests.unsup_asr.training.dense_targets import soft
from unsup_asr import parallel
from unsup_asr.data.spoken_states import SpokenStates, States, pad_states
from unsup_asr.data.vocabulary import Vocabulary, caption_pieces
from unsup_asr.encoders.clip import Clip
from unsup_asr.models.discriminator import Discriminator, DiscriminatorConfig
from unsup_asr.models.generator import GeneratorConfig, WordGenerator
from unsup_asr.models.speech_clip.config import SpeechClipConfig
from unsup_asr.models.speech_clip.model import SpeechClip
from unsup_asr.training.cascade import Cascade, CascadeConfig, LossWeights
from unsup_asr.training.self_training import Imitation, SelfTrainingConfig
from unsup_asr.training.speech_clip_training import SpeechClipTask, SpeechClipTraining
from unsup_asr.training.teachers import Teachers

# Of other lengths, so that processes have other numbers of words.
SENTENCES = [*CAPTIONS, ["a", "dog"], ["the", "red", "cat", "sleeps", "big"]]
ENORMOUS = 1e9


@dataclass(frozen=True)
class Given:
    """States in memory."""

    utterances: list[Tensor]

    def states(self, rows: Tensor) -> States:
        states = pad_states([self.utterances[row] for row in rows.tolist()])
        return States(states.values.double(), states.lengths)


def cascade(clip: Clip) -> Cascade:
    vocabulary = Vocabulary.from_captions(CAPTIONS, clip.tokenizer)
    arpa = estimate(caption_pieces(CAPTIONS, clip.tokenizer), 2, discount_fallback=True)
    teachers = Teachers.gather(vocabulary, clip, arpa, CAPTIONS * 2)
    images = clip.encode_captions([clip.tokenizer.encode(" ".join(words)) for words in SENTENCES])
    heard = spoken_words(rows(vocabulary, SENTENCES), sounds(len(vocabulary)), images)
    means = teachers.entries.means()
    torch.manual_seed(0)
    generator = WordGenerator(GeneratorConfig(16, 16, dropout=0.0), heard.segments.shape[2], 2, means)
    discriminator = Discriminator(DiscriminatorConfig(hidden=8), means.shape[1])
    weights = LossWeights(
        bigram=0.3, unigram=2.0, adversarial=0.5, divergence=0.2, length=0.4, visual_bag=0.1
    )
    config = CascadeConfig(batch=len(SENTENCES), gradient_penalty=0.0, clip_norm=ENORMOUS)
    return Cascade(config, weights, generator, discriminator, teachers, heard, lambda s: s, seed=0)


def imitation(clip: Clip) -> Imitation:
    sentences = [[1, 2], [2, 3, 1, 1], [3], [1, 3, 2]]
    heard = spoken_words(sentences, sounds(4))
    targets = torch.randn(len(heard.segments), 4, generator=torch.Generator().manual_seed(3)).softmax(dim=1)
    return Imitation(SelfTrainingConfig(batch=4), new_generator(4), heard, soft(targets), lambda s: s, 0)


def speech_clip(clip: Clip, keywords: str, parts: int = 1) -> SpeechClipTask:
    torch.manual_seed(0)
    config = SpeechClipConfig(
        parallel=True, keywords=keywords, count=3, dropout=0.0, seconds_per_keyword=0.1, firing_dropout=0.0
    )
    heard = [torch.randn(2, 20 + 3 * row, 16) for row in range(8)]
    images = torch.nn.functional.normalize(torch.randn(8, clip.width), dim=1)
    ids = torch.tensor([0, 1, 2, 3, 4, 0, 5, 6])
    spoken = SpokenStates(tuple("abcdefgh"), Given(heard), images[ids], ids)
    table = clip.token_embeddings[500:540]
    model = SpeechClip(config, 2, 16, 0.02, table, clip.width, clip.context_length - 2)
    training = SpeechClipTraining(batch=8, parts=parts, clip_norm=ENORMOUS, learn_temperature=True)
    return SpeechClipTask(training, model, spoken, clip, tuple(map(str, range(40))), 0)


def results(task: Any) -> dict[str, Tensor]:
    """Logged losses, gradients and buffers after one update."""
    found = {f"loss/{name}": value for name, value in task.update(0).items()}
    for name, module in task.modules.items():
        gradients = {n: p.grad for n, p in module.named_parameters() if p.grad is not None}
        found |= {f"gradient/{name}/{n}": gradient for n, gradient in gradients.items()}
        found |= {f"buffer/{name}/{n}": buffer for n, buffer in module.named_buffers()}
    return found


def main() -> None:
    # A bias before BatchNorm has no gradient but rounding: in double precision that is no difference either.
    torch.set_default_dtype(torch.float64)
    clip = Clip.load(sys.argv[1]).double()
    with parallel.joined("cpu"):
        tasks = {
            "cascade": cascade(clip),
            "imitation": imitation(clip),
            "cls": speech_clip(clip, "cls"),
            "cif": speech_clip(clip, "cif"),
            "parts": speech_clip(clip, "cls", parts=2),
        }
        found = {
            f"{name}/{key}": value for name, task in tasks.items() for key, value in results(task).items()
        }
        if parallel.is_first():
            torch.save({key: value.detach().clone() for key, value in found.items()}, Path(sys.argv[2]))


if __name__ == "__main__":
    main()
