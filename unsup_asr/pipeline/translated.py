"""What a run's translator makes of a split, stage by stage."""

from pathlib import Path

from unsup_asr.data.spoken_words import SpokenWords
from unsup_asr.decoding.hypothesis import Hypothesis
from unsup_asr.pipeline.learning import Learner
from unsup_asr.pipeline.translation import DENOISED, REORDERED


def translated(
    learner: Learner, checkpoint: Path, split: str, words: SpokenWords
) -> dict[str, list[Hypothesis]]:
    """The output of each part, in their order; nothing where a run does not translate.

    A student's words are reordered by their probabilities, segments by all their scores.

    Args:
        learner: all is learned.
        checkpoint: of the last generator.
        split: its name.
        words: the segments of the split that the last generator listens to.
    """
    found: dict[str, list[Hypothesis]] = {}
    if (translator := learner.translator) is None:
        return found
    if learner.student is not None:
        written = translator.reordered(learner.student.decode(split, words.ids))
    else:
        written = learner.networks.decoder(checkpoint).decode(words)
    if translator.reordering is not None:
        found[REORDERED] = written
    if translator.denoiser is not None:
        found[DENOISED] = translator.denoised(written)
    return found
