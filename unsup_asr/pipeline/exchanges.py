"""What was read, with phrases named anew that were taken for each other; the log says which."""

from torch import Tensor

from unsup_asr.data.spoken_words import SpokenWords
from unsup_asr.pipeline.parts import Parts
from unsup_asr.progress import LOGGER
from unsup_asr.training.exchanges import Exchanges, ExchangesConfig
from unsup_asr.training.segment_sounds import SegmentSounds


def without_exchanges(config: ExchangesConfig, parts: Parts, spoken: SpokenWords, read: Tensor) -> Tensor:
    """What was read [N], its exchanges undone.

    Args:
        config: which are tried and made.
        parts: of the run.
        spoken: the segments.
        read: [N], entries, null where nothing was read.
    """
    if not config.most:
        return read
    sounds = SegmentSounds.of(spoken.segments, read, len(parts.vocabulary))
    named, made = Exchanges(config, sounds, spoken.layout, parts.teachers.transitions).undone(read)
    for each in made:
        LOGGER.info("%s", each.described(parts.vocabulary))
    return named
