"""The words that the pictures of the training speech call for, as scores beside the generator's."""

from torch import Tensor

from unsup_asr.pipeline.parts import Parts
from unsup_asr.training.picture_words import picture_word_scores
from unsup_asr.training.self_training import SelfTrainingConfig


def picture_hints(settings: SelfTrainingConfig, parts: Parts, images: Tensor) -> Tensor:
    """Log-scores [U, V] of every entry beside the picture of each utterance.

    Args:
        settings: what pictures weigh, and how far they are trusted.
        parts: what the run stands on.
        images: [U, E], embedded.
    """
    table, teachers = parts.vocabulary.entries, parts.teachers
    pieces = [[i for entry in row for i in table[entry].clip_ids] for row in teachers.captions.tolist()]
    embeddings = parts.clip.encode_captions(pieces)
    return settings.picture_scale * picture_word_scores(
        images, embeddings, teachers.captions, teachers.unigram, parts.clip.scale, settings.trust
    )
