"""Training a model of the SpeechCLIP family on speech and pictures."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from segmenters.cif import quantity_loss
from unsup_asr import parallel
from unsup_asr.data.spoken_states import SpokenStates
from unsup_asr.encoders.clip import Clip
from unsup_asr.errors import UsageError
from unsup_asr.losses.contrastive import contrastive_loss
from unsup_asr.models.speech_clip.model import SpeechClip
from unsup_asr.models.speech_clip.outputs import Grounded
from unsup_asr.training.loop import LoopConfig, descend, shuffled_batch
from unsup_asr.training.schedule import warmed_line
from unsup_asr.training.token_health import CollapseWatch, token_health

# Cosines are multiplied by at most this much, as in CLIP's own training.
_STEEPEST = 100.0


@dataclass
class SpeechClipTraining:
    """The training of a SpeechCLIP model; the defaults are those of the first experiments on Flickr8k.

    Attributes:
        batch: utterances an update.
        learning_rate: of the model (Adam).
        warm_up: updates over which the learning rate rises; it then falls to zero. 0 keeps it where it is.
        weight_decay: Adam's.
        temperature: what the cosines of speech and pictures are divided by.
        learn_temperature: whether it is learned besides.
        parallel, cascaded: weights of the branches' losses, where the model has them.
        quantity: weight of the loss that keywords fire as often as they should.
        rescaled: first updates in which exactly as many keywords fire as should.
        crop: seconds of an utterance that are heard, from a place drawn anew each time; None for all.
        clip_norm: largest norm of the gradient.
        fine_tuned: last layers of the speech encoder that learn, too; it then hears each batch anew.
        encoder_learning_rate: of these.
        loop: length of the training.
    """

    batch: int = 240
    learning_rate: float = 1e-4
    warm_up: int = 0
    weight_decay: float = 1e-6
    temperature: float = 0.1
    learn_temperature: bool = False
    parallel: float = 1.0
    cascaded: float = 1.0
    quantity: float = 0.25
    rescaled: int = 5000
    crop: float | None = None
    clip_norm: float = 4.0
    fine_tuned: int = 0
    encoder_learning_rate: float = 1e-5
    loop: LoopConfig = field(default_factory=lambda: LoopConfig(5000, 500, 50))


class ContrastiveScale(nn.Module):
    """What cosines are multiplied with, one over the temperature; learned, if it is, as its logarithm."""

    def __init__(self, temperature: float, learned: bool) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(-math.log(temperature)), requires_grad=learned)

    def forward(self) -> Tensor:
        """The scale."""
        return self.log_scale.clamp(max=math.log(_STEEPEST)).exp()


class SpeechClipTask:
    """The training task.

    Args:
        config: the training.
        model: trained.
        spoken: the training speech and its pictures.
        clip: frozen.
        pieces: of the model's token table, for the log.
        seed: of the order of the utterances.
        encoder: the speech encoder, where it learns, too.

    Raises:
        UsageError: a batch is larger than the corpus.
    """

    modules: Mapping[str, nn.Module]
    optimisers: Mapping[str, Optimizer]

    def __init__(
        self,
        config: SpeechClipTraining,
        model: SpeechClip,
        spoken: SpokenStates,
        clip: Clip,
        pieces: tuple[str, ...],
        seed: int,
        encoder: nn.Module | None = None,
    ) -> None:
        if config.batch > len(spoken):
            fault = f"a batch of {config.batch} is larger than the {len(spoken)} training utterances"
            raise UsageError(fault, where="training.batch", remedy=f"give at most {len(spoken)}")
        self.config, self.model, self.spoken, self.clip, self.seed = config, model, spoken, clip, seed
        self.scale = ContrastiveScale(config.temperature, config.learn_temperature).to(spoken.images.device)
        self.watch = CollapseWatch(pieces)
        learned: dict[str, nn.Module] = {"speech_clip": nn.ModuleList([model, self.scale])}
        rates = {"speech_clip": config.learning_rate}
        if encoder is not None:
            learned["encoder"], rates["encoder"] = encoder, config.encoder_learning_rate
        self.modules, self._rates = learned, rates
        self.optimisers = {
            name: torch.optim.Adam(
                [p for p in module.parameters() if p.requires_grad],
                rates[name],
                weight_decay=config.weight_decay,
            )
            for name, module in learned.items()
        }

    def update(self, step: int) -> dict[str, Tensor]:
        """One update."""
        self._anneal(step)
        for module in self.modules.values():
            module.train()
        rows = parallel.own_share(shuffled_batch(len(self.spoken), self.config.batch, step, self.seed))
        states = self.spoken.source.states(rows)
        if self.config.crop is not None:
            states = states.cropped(round(self.config.crop / self.model.hop))
        grounded = self.model(states.values, states.lengths, self.clip, rescaled=step < self.config.rescaled)
        losses = self._losses(grounded, rows, states.lengths)
        loss = torch.stack([getattr(self.config, name) * value for name, value in losses.items()]).sum()
        descend(self, loss, list(self.modules), self.config.clip_norm)
        return {**{name: value.detach() for name, value in losses.items()}, **self._health(grounded, step)}

    def _anneal(self, step: int) -> None:
        share = warmed_line(step, self.config.warm_up, self.config.loop.updates)
        for name, optimiser in self.optimisers.items():
            for group in optimiser.param_groups:
                group["lr"] = share * self._rates[name]
        if hasattr(self.model, "quantiser"):
            self.model.quantiser.anneal(step)

    def _losses(self, grounded: Grounded, rows: Tensor, lengths: Tensor) -> dict[str, Tensor]:
        """The losses that the model has, keyed like their weights."""
        rows = rows.to(self.spoken.images.device)
        images, ids = (
            parallel.gathered(self.spoken.images[rows]),
            parallel.gathered(self.spoken.image_ids[rows]),
        )
        losses = {}
        for name in ("parallel", "cascaded"):
            if (speech := getattr(grounded, name)) is not None:
                losses[name] = contrastive_loss(parallel.gathered(speech), images, ids, self.scale())
        if grounded.firing is not None and grounded.wanted is not None:
            weights = grounded.firing.weights
            mask = torch.arange(weights.shape[1], device=lengths.device) < lengths[:, None]
            losses["quantity"] = quantity_loss(weights, mask, grounded.wanted)
        return losses

    def _health(self, grounded: Grounded, step: int) -> dict[str, Tensor]:
        if grounded.keywords is None:
            return {}
        health = token_health(grounded.keywords, self.model.quantiser.temperature)
        self.watch.see(health, step)
        return health.logged()
