"""The networks of a run: as they are before any learning, and at a checkpoint."""

from dataclasses import dataclass, replace
from pathlib import Path

from unsup_asr.decoding.decoder import Decoder
from unsup_asr.decoding.reordering_decoder import ReorderingDecoder
from unsup_asr.models.discriminator import Discriminator
from unsup_asr.models.generator import WordGenerator
from unsup_asr.pipeline.config import RunConfig
from unsup_asr.pipeline.parts import Parts
from unsup_asr.pipeline.translation import gather_translator
from unsup_asr.training.checkpoint import load_modules


@dataclass(frozen=True)
class Networks:
    """Makes them; torch's random state decides the weights of new ones.

    Attributes:
        config: the run.
        parts: what it stands on.
        channels: of pooled segments.
    """

    config: RunConfig
    parts: Parts
    channels: int

    def generator(self) -> WordGenerator:
        """A new generator."""
        means = self.parts.teachers.entries.means()
        generator = WordGenerator(self.config.generator, self.channels, self.config.slots, means.cpu())
        return generator.to(self.config.device)

    def discriminator(self) -> Discriminator:
        """A new discriminator."""
        width = self.parts.teachers.entries.means().shape[1]
        return Discriminator(self.config.discriminator, width).to(self.config.device)

    def pair(self, checkpoint: Path | None) -> tuple[WordGenerator, Discriminator]:
        """Generator and discriminator of a checkpoint; new ones if it is None."""
        generator, discriminator = self.generator(), self.discriminator()
        if checkpoint is not None:
            load_modules(checkpoint, {"generator": generator, "discriminator": discriminator})
        return generator, discriminator

    def decoder(self, checkpoint: Path) -> Decoder:
        """The decoder with the generator of a checkpoint."""
        return self.decoder_of(self._trained(checkpoint))

    def decoder_of(self, generator: WordGenerator) -> Decoder:
        """The decoder with a generator, in the order of English where the run reorders."""
        return gather_translator(self.config, self.parts).decoder(generator, self.config.decoder)

    def reorderer(self, generator: WordGenerator) -> ReorderingDecoder:
        """What brings a generator's words into the order of English for its teachers, in a run that reorders."""
        decoder = self.decoder_of(generator)
        assert isinstance(decoder, ReorderingDecoder)
        return replace(
            decoder, reordering=replace(decoder.reordering, beam=self.config.translation.teaching_beam)
        )

    def plain_decoder(self, checkpoint: Path) -> Decoder:
        """The decoder with the generator of a checkpoint, in the order of speech."""
        generator = self._trained(checkpoint)
        return Decoder(generator, self.parts.vocabulary, self.parts.teachers.lm, self.config.decoder)

    def _trained(self, checkpoint: Path) -> WordGenerator:
        generator = self.generator()
        load_modules(checkpoint, {"generator": generator})
        return generator
