"""Training the word-level generator with CLIP, the n-gram model and the discriminator as its teachers."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from lm.expectation import draw_history
from unsup_asr import parallel
from unsup_asr.data.spoken_words import SpokenBatch, SpokenWords
from unsup_asr.decoding.reordering_decoder import ReorderingDecoder
from unsup_asr.errors import UsageError
from unsup_asr.losses.adversarial import adversarial_loss, discriminator_loss, gradient_penalty
from unsup_asr.losses.contrastive import contrastive_loss
from unsup_asr.losses.language_model import (
    bigram_divergence_loss,
    expected_bigram_loss,
    expected_ngram_loss,
    length_loss,
    unigram_matching_loss,
)
from unsup_asr.losses.order_free import bag_loss, skip_gram_loss
from unsup_asr.losses.visual_bag import visual_bag_loss
from unsup_asr.models.discriminator import Discriminator
from unsup_asr.models.generator import WordGenerator
from unsup_asr.training.health import text_health, word_health
from unsup_asr.training.loop import descend, shuffled_batch
from unsup_asr.training.memory import MemoryEstimate, estimate_memory
from unsup_asr.training.precision import full_precision
from unsup_asr.training.teachers import Teachers
from unsup_asr.training.written_text import WrittenText


@dataclass
class LossWeights:
    """What each teacher's correction weighs.

    Attributes:
        semantic: the text must fit the picture (CLIP).
        bigram: expected log-probability under the bigrams of the captions.
        unigram: words are used as often as captions use them; the guard of the bigram term.
        adversarial: the discriminator must take it for a caption.
        ngram: expected log-probability under the whole n-gram model, along a drawn history.
        divergence: the bigram term less the entropy of what is written.
        length: as many words as captions have; the guard of the n-gram term where null may be written.
        skip_gram: words near each other, in whatever order, are pairs that captions have.
        bag: the words of an utterance, in whatever order, stand together in captions.
        visual_bag: the words that the picture calls for are among them.
    """

    semantic: float = 1.0
    bigram: float = 0.0
    unigram: float = 0.0
    adversarial: float = 0.0
    ngram: float = 0.0
    divergence: float = 0.0
    length: float = 0.0
    skip_gram: float = 0.0
    bag: float = 0.0
    visual_bag: float = 0.0


@dataclass
class CascadeConfig:
    """How the cascade is trained.

    Attributes:
        batch: utterances an update.
        temperature: what the cosines of texts and pictures are divided by in the semantic loss; the seed's
            0.1 gives smoother gradients than CLIP's own.
        learning_rate: of the generator (Adam).
        discriminator_learning_rate: of the discriminator (Adam).
        gradient_penalty: weight of the discriminator's gradient penalty (wav2vec-U).
        clip_norm: largest norm of the gradient.
        reach: how far apart two words may stand that the skip-gram term pairs.
        unseen: share of a caption's words that the visual bag expects whatever is said.
    """

    batch: int = 96
    temperature: float = 0.1
    learning_rate: float = 2e-3
    discriminator_learning_rate: float = 1e-3
    gradient_penalty: float = 1.5
    clip_norm: float = 5.0
    reach: int = 3
    unseen: float = 0.3


@dataclass(frozen=True)
class Correction:
    """What the teachers make of a batch: the weighted sum of their losses, and scalars to log by name.

    Beside the losses these are the figures of `Health`, which tell a collapse.
    """

    loss: Tensor
    logged: dict[str, Tensor]


class Teaching:
    """A generator and its teachers: entries of segments → CLIP, n-gram model, discriminator → losses.

    Args:
        config: rates and sizes.
        weights: what each teacher's correction weighs; teachers of weight 0 are not asked.
        generator, discriminator: trained.
        teachers: frozen.
        seed: of the order of the captions that the discriminator sees.
        reorderer: brings what the generator writes into the order of English before teachers read it; None where
            they read it as it was spoken.

    Raises:
        UsageError: no teacher weighs anything.
    """

    modules: Mapping[str, nn.Module]
    optimisers: Mapping[str, Optimizer]

    def __init__(
        self,
        config: CascadeConfig,
        weights: LossWeights,
        generator: WordGenerator,
        discriminator: Discriminator,
        teachers: Teachers,
        seed: int,
        reorderer: ReorderingDecoder | None = None,
    ) -> None:
        if not any(vars(weights).values()):
            raise UsageError("every weight is 0", where="stages", remedy="give one of them a weight")
        self.config, self.weights, self.teachers, self.seed = config, weights, teachers, seed
        self.generator, self.discriminator, self.reorderer = generator, discriminator, reorderer
        self.modules = {"generator": generator, "discriminator": discriminator}
        beta = (0.5, 0.98)
        self.optimisers = {
            "generator": torch.optim.Adam(generator.parameters(), config.learning_rate, beta),
            "discriminator": torch.optim.Adam(
                discriminator.parameters(), config.discriminator_learning_rate, beta, weight_decay=1e-4
            ),
        }

    def correct(self, batch: SpokenBatch, step: int | None) -> Correction:
        """What the teachers make of a batch; the discriminator, where it takes part, has an update before.

        Args:
            batch: what is heard.
            step: of the discriminator's update; None leaves it as it is.
        """
        logits = self.generator(batch.segments).to(batch.segments.dtype)
        written = WrittenText.spoken(batch, logits)
        if self.reorderer is not None:
            written = written.reordered(self.reorderer)
        texts = self._texts(batch, written) if self.weights.semantic else None
        with full_precision(logits.device):
            whole = written.by_all()
            logged: dict[str, Tensor] = {}
            if self.weights.adversarial and step is not None:
                logged |= self._teach_discriminator(whole.choices.detach(), whole.mask, step)
            losses = self._losses(batch, texts, whole)
            health = text_health(whole.probabilities, whole.mask, self.teachers.bigram)
            if self.reorderer is not None:
                # A text has no null: how much of the speech yields nothing is told here.
                health = replace(health, null=word_health(logits.detach().softmax(dim=-1)).null)
        total = torch.stack([getattr(self.weights, name) * loss for name, loss in losses.items()]).sum()
        logged = {name: loss.detach() for name, loss in losses.items()} | logged | health.logged()
        return Correction(total, logged)

    def _losses(self, batch: SpokenBatch, texts: Tensor | None, whole: WrittenText) -> dict[str, Tensor]:
        """The losses that weigh something, keyed like their weights."""
        weights, teachers, mask, probabilities = self.weights, self.teachers, whole.mask, whole.probabilities
        losses = {}
        if texts is not None:
            losses["semantic"] = self._semantic_loss(batch, texts)
        if weights.bigram:
            losses["bigram"] = expected_bigram_loss(probabilities, mask, teachers.bigram)
        if weights.unigram:
            losses["unigram"] = unigram_matching_loss(probabilities, mask, teachers.unigram)
        if weights.adversarial:
            embedded = whole.choices @ teachers.entries.means()
            losses["adversarial"] = adversarial_loss(self.discriminator(embedded, mask))
        if weights.ngram:
            history = draw_history(probabilities)
            losses["ngram"] = expected_ngram_loss(probabilities, mask, teachers.lm, history)
        if weights.divergence:
            losses["divergence"] = bigram_divergence_loss(
                probabilities, whole.log_probabilities, mask, teachers.bigram
            )
        if weights.length:
            losses["length"] = length_loss(probabilities, mask, teachers.caption_length)
        if weights.skip_gram:
            reach = self.config.reach
            losses["skip_gram"] = skip_gram_loss(probabilities, mask, teachers.pairs(reach), reach)
        if weights.bag:
            losses["bag"] = bag_loss(probabilities, mask, teachers.bags)
        if weights.visual_bag:
            losses["visual_bag"] = self._visual_bag_loss(batch, whole)
        return losses

    def _visual_bag_loss(self, batch: SpokenBatch, whole: WrittenText) -> Tensor:
        """Bags are as large as captions."""
        teachers = self.teachers
        called = teachers.picture_words.called_for(parallel.gathered(batch.images))
        length = teachers.caption_length
        unseen = self.config.unseen * length * teachers.unigram
        return visual_bag_loss(whole.probabilities, whole.mask, length * called, unseen)

    def _texts(self, batch: SpokenBatch, written: WrittenText) -> Tensor:
        """What is written as CLIP reads it, [B, E]; each process reads its own texts."""
        tokens = self.teachers.entries(written.choices, written.mask)
        texts = self.teachers.clip.encode_embeddings(tokens.embeddings, tokens.lengths)
        return texts.to(batch.images.dtype)

    def _semantic_loss(self, batch: SpokenBatch, texts: Tensor) -> Tensor:
        """Texts are compared with all the pictures."""
        images, ids = parallel.gathered(batch.images), parallel.gathered(batch.image_ids)
        return contrastive_loss(parallel.gathered(texts), images, ids, 1 / self.config.temperature)

    def _teach_discriminator(self, choices: Tensor, mask: Tensor, step: int) -> dict[str, Tensor]:
        """Let the discriminator tell captions from what the generator writes."""
        captions = self.teachers.captions
        real_rows = captions[shuffled_batch(len(captions), len(choices), step, self.seed + 1)]
        choices, mask = choices[: len(real_rows)], mask[: len(real_rows)]  # captions may be fewer
        table = self.teachers.entries.means()
        real_mask = real_rows > 0
        real, fake = table[real_rows], choices @ table
        loss = discriminator_loss(self.discriminator(real, real_mask), self.discriminator(fake, mask))
        penalty = gradient_penalty(self.discriminator, real, real_mask, fake, mask)
        descend(self, loss + self.config.gradient_penalty * penalty, ["discriminator"], self.config.clip_norm)
        return {"discriminator": loss.detach(), "gradient_penalty": penalty.detach()}


class Cascade(Teaching):
    """The training task over segments that are given.

    Args:
        config, weights, generator, discriminator, teachers, reorderer: as in `Teaching`.
        spoken: the training speech and its pictures.
        perturb: changes pooled segments as another voice would.
        seed: of the order of the utterances.
    """

    def __init__(
        self,
        config: CascadeConfig,
        weights: LossWeights,
        generator: WordGenerator,
        discriminator: Discriminator,
        teachers: Teachers,
        spoken: SpokenWords,
        perturb: Callable[[Tensor], Tensor],
        seed: int,
        reorderer: ReorderingDecoder | None = None,
    ) -> None:
        super().__init__(config, weights, generator, discriminator, teachers, seed, reorderer)
        self.spoken, self.perturb = spoken, perturb

    def update(self, step: int) -> dict[str, Tensor]:
        """One update of the generator and, where it takes part, of the discriminator before it."""
        self.generator.train()
        rows = parallel.own_share(shuffled_batch(len(self.spoken), self.config.batch, step, self.seed))
        batch = self.spoken.batch(rows)
        correction = self.correct(replace(batch, segments=self.perturb(batch.segments)), step)
        descend(self, correction.loss, ["generator"], self.config.clip_norm)
        return correction.logged

    def weighted(self, rows: Tensor) -> Tensor:
        """The loss of the utterances of the given rows [B], nothing learned: to measure what it takes."""
        return self.correct(self.spoken.batch(rows), None).loss

    def memory(self, precision: str) -> MemoryEstimate:
        """What learning takes, if all of a batch have as many segments as the one with most.

        Args:
            precision: what networks compute in.
        """
        longest = int((self.spoken.layout >= 0).sum(dim=1).argmax())
        at_once = math.ceil(self.config.batch / parallel.size())
        features = self.spoken.segments.nbytes + self.spoken.images.nbytes
        return estimate_memory(self, longest, at_once, precision, [self.teachers.clip], features)
