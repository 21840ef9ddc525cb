"""Learning from what was decoded: what the teachers make of the training speech is the next round's target.

Each round, the words' posteriors given the whole sentence (a beam under the captions' n-gram model, with the
acoustic scores of the generator so far and the words that the picture calls for) become soft targets; the
generator learns them under perturbations of voice. Expectation–maximisation over the best hypotheses, with a
network as the emission model. Confidence needs no threshold: an undecided posterior teaches little. At last a
new generator begins afresh, free of what the first rounds have learned wrongly.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from unsup_asr import parallel
from unsup_asr.data.spoken_words import SpokenWords
from unsup_asr.decoding.decoder import Decoder
from unsup_asr.errors import UsageError
from unsup_asr.models.generator import WordGenerator
from unsup_asr.training.health import word_health
from unsup_asr.training.loop import LoopConfig, shuffled_batch
from unsup_asr.training.precision import backward
from unsup_asr.training.soft_targets import SoftTargets


@dataclass
class SelfTrainingConfig:
    """Rounds of decoding and learning from it; at last a new generator learns what the last round wrote.

    Attributes:
        rounds: how many; the new generator has as many updates as all of them.
        loop: length of a round.
        batch: utterances an update.
        learning_rate: of the generator (Adam).
        picture_scale: weight of the words that the picture calls for.
        trust: share of the picture's words in the mixture with the unigram.
        confidence: exponents to choose from; an utterance weighs as much as the teachers are sure of it, to the
            power of one. Of several, a first round with each is judged without labels.
    """

    rounds: int = 5
    loop: LoopConfig = field(default_factory=lambda: LoopConfig(150, 150, 50))
    batch: int = 96
    learning_rate: float = 2e-3
    picture_scale: float = 0.5
    trust: float = 0.9
    confidence: list[float] = field(default_factory=lambda: [0.0])

    def __post_init__(self) -> None:
        if not self.confidence or min(self.confidence) < 0:
            raise UsageError(
                f"confidence is {self.confidence}",
                where="self_training",
                remedy="name exponents from 0 on, such as [0,4,8]",
            )

    @property
    def final_loop(self) -> LoopConfig:
        """The length of the last generator's training."""
        return replace(self.loop, updates=self.rounds * self.loop.updates)


@torch.no_grad()
def decoded_targets(decoder: Decoder, spoken: SpokenWords, picture_scores: Tensor) -> SoftTargets:
    """The posterior of every entry at every segment among the hypotheses of a search.

    Args:
        decoder: the generator so far with the n-gram model.
        spoken: the training speech.
        picture_scores: log [U, V], how much likelier each entry is beside the picture.
    """
    segments, beam = spoken.segments, decoder.hypotheses
    entries = torch.zeros(len(segments), beam, dtype=torch.int32, device=segments.device)
    probabilities = segments.new_zeros(len(segments), beam)
    for found in decoder.search(spoken, picture_scores):
        rows, votes = found.layout[found.mask], found.nbest.votes()
        entries[rows] = votes.entries[found.mask].int()
        probabilities[rows] = votes.probabilities[found.mask]
    return SoftTargets(entries, probabilities, len(decoder.vocabulary))


class Imitation:
    """The training task of a round: segments → the entries that the teachers made of them.

    Args:
        config: batch and rate.
        generator: trained.
        spoken: the training speech.
        targets: of its segments.
        perturb: changes pooled segments as another voice would.
        seed: of the order of the utterances.
    """

    modules: Mapping[str, nn.Module]
    optimisers: Mapping[str, Optimizer]

    def __init__(
        self,
        config: SelfTrainingConfig,
        generator: WordGenerator,
        spoken: SpokenWords,
        targets: SoftTargets,
        perturb: Callable[[Tensor], Tensor],
        seed: int,
    ) -> None:
        self.config, self.generator, self.perturb = config, generator, perturb
        self.spoken, self.targets, self.seed = spoken, targets, seed
        self.modules = {"generator": generator}
        self.optimisers = {"generator": torch.optim.Adam(generator.parameters(), config.learning_rate)}

    def update(self, step: int) -> dict[str, Tensor]:
        """One update towards the targets (cross-entropy per segment)."""
        self.generator.train()
        utterances = shuffled_batch(len(self.spoken), self.config.batch, step, self.seed)
        layout = self.spoken.layout[parallel.own_share(utterances)]
        rows = layout[layout >= 0]
        targets = self.targets.dense(rows)
        logits = self.generator(self.perturb(self.spoken.segments[rows])).to(targets.dtype)
        log_probabilities = logits.log_softmax(dim=-1)
        losses = -(targets * log_probabilities).sum(dim=-1)
        # The mean over the whole batch, whose segments others may have more or fewer of.
        share = len(rows) / parallel.summed(losses.new_tensor(float(len(rows)))) * parallel.size()
        loss = share * losses.mean()
        optimiser = self.optimisers["generator"]
        optimiser.zero_grad()
        backward(loss)
        parallel.average_gradients([self.generator])
        optimiser.step()
        health = word_health(log_probabilities.exp())
        return {"imitation": parallel.summed(loss.detach()) / parallel.size(), **health.logged()}
