"""How well a CLIP tells pictures apart: what it cannot, nothing learned from it can."""

from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from unsup_asr.data.captioned_pictures import CaptionedPictures
from unsup_asr.encoders.clip import Clip
from unsup_asr.evaluation.retrieval import retrieval_r1

POOL = 200


@dataclass(frozen=True)
class ClipAccuracy:
    """Accuracies in percent.

    Attributes:
        r1: a caption's picture comes first among the pool's, and a picture's caption; mean of both.
        pool: pictures in the pool.
        minimal_pairs: by class of the fact exchanged, how often the true caption fits better than the false.
    """

    r1: float
    pool: int
    minimal_pairs: dict[str, float]


def clip_accuracy(clip: Clip, pictures: CaptionedPictures) -> ClipAccuracy:
    """Measure on held-out pictures.

    A caption states only some facts of its picture and fits others, too; so a picture is sought by the mean
    embedding of all its captions, as CLIP's authors ensemble prompts.

    Args:
        clip: the model.
        pictures: with true and false captions.
    """
    images = clip.encode_images([Image.fromarray(pixels) for pixels in pictures.pixels])
    described = min(map(len, pictures.captions))
    texts = _encode(clip, [c.words for captions in pictures.captions for c in captions[:described]])
    ensembles = functional.normalize(texts.view(len(images), described, -1).mean(dim=1), dim=-1)
    return ClipAccuracy(
        _retrieval(images, ensembles),
        min(POOL, len(images)),
        _minimal_pairs(clip, images, pictures),
    )


def _retrieval(images: Tensor, texts: Tensor) -> float:
    pools = list(zip(images.split(POOL), texts.split(POOL), strict=True))
    full = [pool for pool in pools if len(pool[0]) == min(POOL, len(images))]
    scores = [(retrieval_r1(i, t) + retrieval_r1(t, i)) / 2 for i, t in full]
    return sum(scores) / len(scores)


def _minimal_pairs(clip: Clip, images: Tensor, pictures: CaptionedPictures) -> dict[str, float]:
    pairs = [
        (row, true.words, false)
        for row, captions in enumerate(pictures.captions)
        for true in captions
        for false in true.false
    ]
    rows = torch.tensor([row for row, _, _ in pairs])
    true = (_encode(clip, [words for _, words, _ in pairs]) * images[rows]).sum(dim=1)
    false = (_encode(clip, [words.words for _, _, words in pairs]) * images[rows]).sum(dim=1)
    right = (true > false).float()
    kinds = [words.kind for _, _, words in pairs]
    return {
        kind: 100 * float(right[torch.tensor([other == kind for other in kinds])].mean())
        for kind in sorted(set(kinds))
    }


def _encode(clip: Clip, sentences: list[tuple[str, ...]]) -> Tensor:
    return clip.encode_captions([clip.tokenizer.encode(" ".join(words)) for words in sentences])
