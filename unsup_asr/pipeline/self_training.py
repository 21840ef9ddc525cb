"""Self-training in a run: rounds of decoding the training speech and learning from it."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

from unsup_asr.data.spoken_words import SpokenWords
from unsup_asr.pipeline.exchanges import without_exchanges
from unsup_asr.pipeline.rounds import CONFIDENCE, SELF_TRAINING, Round
from unsup_asr.pipeline.trainer import Trainer
from unsup_asr.progress import LOGGER
from unsup_asr.training.confidence import weighted_by_confidence
from unsup_asr.training.guarded import Change
from unsup_asr.training.self_training import Imitation, decoded_targets
from unsup_asr.training.soft_targets import SoftTargets

# Apart from those of the other stages.
_SEED = 500


class SelfTraining:
    """The rounds; what is done is not done again.

    Args:
        trainer: of the run.
        train: the training speech.
        hints: [U, V], log-scores of the words that its pictures call for.
    """

    def __init__(self, trainer: Trainer, train: SpokenWords, hints: Tensor) -> None:
        self.trainer, self.networks, self.train, self.hints = trainer, trainer.networks, train, hints
        self.settings = trainer.config.self_training

    def run(self, checkpoint: Path) -> Path:
        """All rounds, from the generator of a checkpoint; returns the last generator's checkpoint.

        The generator of the last round is a new one: what the first stages learned wrongly is not in it.
        """
        rounds, exponent = self.settings.rounds, self._confidence(checkpoint)
        for number in range(rounds + 1):
            place = self.trainer.place(SELF_TRAINING, number)
            each = Round(place, exponent, chance=number, afresh=number == rounds)
            checkpoint = self._imitate(each, checkpoint, self._decoded)
        sound = self.trainer.selection.sound(SELF_TRAINING, range(rounds + 1))
        return self.trainer.choose(SELF_TRAINING, [rounds] if rounds in sound else sound)

    def _confidence(self, checkpoint: Path) -> float:
        """The exponent of the utterances' confidence: of several the best by a first round with each."""
        exponents = self.settings.confidence
        if len(exponents) == 1:
            return exponents[0]
        once = cache(self._decoded)
        for number, exponent in enumerate(exponents):
            place = self.trainer.place(CONFIDENCE, number)
            self._imitate(Round(place, exponent, chance=0), checkpoint, once)
        selection = self.trainer.selection
        sound = selection.sound(CONFIDENCE, range(len(exponents)))
        chosen = exponents[selection.choose(CONFIDENCE, sound).start]
        LOGGER.info("utterances weigh their confidence to the power of %g", chosen)
        return chosen

    def _imitate(self, each: Round, checkpoint: Path, decoded: Callable[[Path], SoftTargets]) -> Path:
        """One round, if it is not done: learn what the generator of a checkpoint decodes."""
        settings, place = self.settings, each.place
        loop = settings.final_loop if each.afresh else settings.loop
        if not self.trainer.is_done(place, loop):
            targets = weighted_by_confidence(decoded(checkpoint), self.train.layout, each.exponent)

            def build(change: Change) -> Imitation:
                seed = self.trainer.seed(each.chance, change.order) + _SEED
                torch.manual_seed(seed)
                networks, perturb = self.networks, self.networks.parts.encoder.perturb
                generator = networks.generator() if each.afresh else networks.decoder(checkpoint).generator
                return Imitation(settings, generator, self.train, targets, perturb, seed)

            self.trainer.train(place, loop, build, each.chance)
        done = place.folder / f"step-{loop.updates}"
        self.trainer.record(place.stage, place.start, loop.updates, done)
        return done

    def _decoded(self, checkpoint: Path) -> SoftTargets:
        """What the generator of a checkpoint makes of the training speech, its exchanges undone."""
        decoded = decoded_targets(self.networks.decoder(checkpoint), self.train, self.hints)
        read = decoded.likeliest
        config, parts = self.trainer.config.exchanges, self.networks.parts
        named = without_exchanges(config, parts, self.train, read)
        return decoded.mixed_with(named, named != read, share=1.0)
