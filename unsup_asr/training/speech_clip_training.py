"""Training a model of the SpeechCLIP family on speech and pictures."""

import math
from collections.abc import Mapping, Sequence
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
from unsup_asr.training.gradient_cache import Embedded, backward_in_parts
from unsup_asr.training.loop import LoopConfig, bucketed_batch, clear_gradients, shuffled_batch, step_down
from unsup_asr.training.memory import MemoryEstimate, estimate_memory
from unsup_asr.training.precision import backward, full_precision
from unsup_asr.training.schedule import warmed_line
from unsup_asr.training.token_health import CollapseWatch, TokenChoices, token_choices, token_health

# Cosines are multiplied by at most this much, as in CLIP's own training.
_STEEPEST = 100.0


@dataclass
class SpeechClipTraining:
    """The training of a SpeechCLIP model; the defaults are those of the first experiments on Flickr8k.

    Attributes:
        batch: utterances an update.
        parts: into how many parts the batch is cut whose activations are not held at once; each is compared
            with the pictures of the whole batch. Two or more take a second forward pass, and BatchNorm's
            statistics are then those of a part.
        bucketed: whether a batch is drawn from utterances of like durations.
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
    parts: int = 1
    bucketed: bool = False
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
        UsageError: a batch is larger than the corpus, or has fewer than two utterances for each part, or is to be
            of like durations that are not known.
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
        _check_batch(config, spoken)
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
        rows = parallel.own_share(self._batch(step))
        clear_gradients(self, list(self.modules))
        learned = self._learn_whole(rows, step) if self.config.parts == 1 else self._learn_parts(rows, step)
        step_down(self, list(self.modules), self.config.clip_norm)
        return learned

    def weighted(self, rows: Tensor) -> Tensor:
        """The loss of utterances of the given rows [B], nothing learned: to measure what it takes."""
        return self._total(self._losses(self._embed(rows, 0).compared, rows))

    def memory(self, on_disk: int = 0) -> MemoryEstimate:
        """What learning takes, if all of a batch are as long as the longest.

        Args:
            on_disk: bytes of the features that are read as they are needed.
        """
        longest = int(self.spoken.seconds.argmax()) if len(self.spoken.seconds) else 0
        at_once = math.ceil(self.config.batch / parallel.size() / self.config.parts)
        precision, held = self.config.loop.precision, self.spoken.images.nbytes
        return estimate_memory(self, longest, at_once, precision, [self.clip], held, on_disk)

    def _batch(self, step: int) -> Tensor:
        if self.config.bucketed:
            return bucketed_batch(self.spoken.seconds, self.config.batch, step, self.seed)
        return shuffled_batch(len(self.spoken), self.config.batch, step, self.seed)

    def _learn_whole(self, rows: Tensor, step: int) -> dict[str, Tensor]:
        """Gradients of a batch; returns what to log."""
        embedded = self._embed(rows, step)
        losses = self._losses(embedded.compared, rows)
        backward(self._total(losses))
        return self._logged(losses, [embedded.choices], step)

    def _learn_parts(self, rows: Tensor, step: int) -> dict[str, Tensor]:
        """The same, part by part."""
        losses: dict[str, Tensor] = {}
        choices: list[TokenChoices | None] = []

        def embed(part: Tensor) -> dict[str, Tensor]:
            embedded = self._embed(part, step)
            choices.append(embedded.choices)
            return embedded.compared

        def loss(compared: Embedded) -> Tensor:
            losses.update(self._losses(compared, rows))
            return self._total(losses)

        parts = rows.chunk(self.config.parts)
        backward_in_parts(parts, embed, loss, list(self.modules.values()))
        return self._logged(losses, choices[len(parts) :], step)

    def _embed(self, rows: Tensor, step: int) -> "_Heard":
        """What the losses compare of utterances, and the tokens that they chose."""
        states = self.spoken.source.states(rows)
        if self.config.crop is not None:
            states = states.cropped(round(self.config.crop / self.model.hop))
        grounded = self.model(states.values, states.lengths, self.clip, rescaled=step < self.config.rescaled)
        return _heard(self.model, grounded, states.lengths)

    def _anneal(self, step: int) -> None:
        share = warmed_line(step, self.config.warm_up, self.config.loop.updates)
        for name, optimiser in self.optimisers.items():
            for group in optimiser.param_groups:
                group["lr"] = share * self._rates[name]
        if hasattr(self.model, "quantiser"):
            self.model.quantiser.anneal(step)

    def _losses(self, compared: Embedded, rows: Tensor) -> dict[str, Tensor]:
        """The losses that the model has, keyed like their weights."""
        images, ids = self.spoken.images, self.spoken.image_ids
        rows = rows.to(images.device)
        all_images, all_ids = parallel.gathered(images[rows]), parallel.gathered(ids[rows])
        losses = {}
        with full_precision(images.device):
            for name in ("parallel", "cascaded"):
                if name in compared:
                    speech = parallel.gathered(compared[name].to(images.dtype))
                    losses[name] = contrastive_loss(speech, all_images, all_ids, self.scale())
            if "fired" in compared:
                fired = compared["fired"][:, None]
                mask = torch.ones_like(fired, dtype=torch.bool)
                losses["quantity"] = quantity_loss(fired, mask, compared["wanted"])
        return losses

    def _total(self, losses: Mapping[str, Tensor]) -> Tensor:
        return torch.stack([getattr(self.config, name) * value for name, value in losses.items()]).sum()

    def _logged(
        self, losses: Mapping[str, Tensor], choices: Sequence[TokenChoices | None], step: int
    ) -> dict[str, Tensor]:
        """Losses, and how healthy the choice of tokens is."""
        logged = {name: value.detach() for name, value in losses.items()}
        if parts := [each for each in choices if each is not None]:
            health = token_health(parts)
            self.watch.see(health, step)
            logged |= health.logged()
        return logged


@dataclass(frozen=True)
class _Heard:
    """What a batch, or a part of it, leaves.

    Attributes:
        compared: by name, a row an utterance: embeddings of the branches, and how much `fired` where `wanted`.
        choices: the tokens of its keywords, where the model has any.
    """

    compared: dict[str, Tensor]
    choices: TokenChoices | None


def _heard(model: SpeechClip, grounded: Grounded, lengths: Tensor) -> _Heard:
    compared = {"parallel": grounded.parallel, "cascaded": grounded.cascaded}
    if grounded.firing is not None:
        weights = grounded.firing.weights
        mask = torch.arange(weights.shape[1], device=lengths.device) < lengths[:, None]
        compared |= {"fired": (weights * mask).sum(dim=1), "wanted": grounded.wanted}
    choices = None
    if grounded.keywords is not None:
        choices = token_choices(grounded.keywords, model.quantiser.temperature)
    return _Heard({name: value for name, value in compared.items() if value is not None}, choices)


def _check_batch(config: SpeechClipTraining, spoken: SpokenStates) -> None:
    if config.batch > len(spoken):
        fault = f"a batch of {config.batch} is larger than the {len(spoken)} training utterances"
        raise UsageError(fault, where="training.batch", remedy=f"give at most {len(spoken)}")
    if config.bucketed and len(spoken.seconds) != len(spoken):
        fault = "batches of like durations are asked for, and the utterances' durations are not known"
        raise UsageError(fault, where="training.bucketed", remedy="give SpokenStates.seconds, or say false")
    most = max(1, config.batch // parallel.size() // 2)
    if not 1 <= config.parts <= most:
        fault = (
            f"a batch of {config.batch} cannot be cut into {config.parts} parts of two utterances and more"
        )
        raise UsageError(fault, where="training.parts", remedy=f"give 1 to {most}")
