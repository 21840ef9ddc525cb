"""A split of speech as a SpeechCLIP model hears it: its places in CLIP's space and its keywords.

Shapes: U utterances, P pictures, E joint width, K most keywords, W token width, T most frames.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from unsup_asr.data.numbering import first_of_each
from unsup_asr.data.spoken_states import SpokenStates, States
from unsup_asr.encoders.clip import Clip
from unsup_asr.evaluation.retrieval import RetrievalScores, retrieval_scores
from unsup_asr.models.speech_clip.model import SpeechClip
from unsup_asr.models.speech_clip.outputs import Grounded

# Utterances that are heard at once.
_BATCH = 64


@dataclass(frozen=True)
class SpokenKeywords:
    """The keywords of one utterance.

    Attributes:
        projected: [k, W], before BatchNorm.
        embeddings: [k, W], before tokens are chosen.
        places: [k, 2], in seconds: the frames that a CLS vector looks at most, or those that fired.
    """

    projected: Tensor
    embeddings: Tensor
    places: Tensor


@dataclass(frozen=True)
class EmbeddedSpeech:
    """What was heard.

    Attributes:
        branches: `parallel` and `cascaded`, those that the model has: [U, E] each.
        keywords: of each utterance; empty without that branch.
        images: [P, E], each picture once.
        image_of: [U], the row of each utterance's picture.
    """

    branches: Mapping[str, Tensor]
    keywords: tuple[SpokenKeywords, ...]
    images: Tensor
    image_of: Tensor

    def retrieval(self) -> dict[str, RetrievalScores]:
        """How well each branch finds pictures, and they it."""
        return {
            name: retrieval_scores(speech, self.images, self.image_of)
            for name, speech in self.branches.items()
        }


@torch.no_grad()
def embed_speech(model: SpeechClip, spoken: SpokenStates, clip: Clip) -> EmbeddedSpeech:
    """Hear all utterances of a split.

    Args:
        model: the network; it is left in evaluation mode.
        spoken: the split.
        clip: reads the keywords.
    """
    model.eval()
    branches: dict[str, list[Tensor]] = {}
    keywords: list[SpokenKeywords] = []
    for rows in torch.arange(len(spoken)).split(_BATCH):
        states = spoken.source.states(rows)
        grounded = model(states.values, states.lengths, clip)
        for name in ("parallel", "cascaded"):
            if (speech := getattr(grounded, name)) is not None:
                branches.setdefault(name, []).append(speech)
        keywords += _keywords(model, states, grounded)
    return EmbeddedSpeech(
        {name: torch.cat(parts) for name, parts in branches.items()},
        tuple(keywords),
        first_of_each(spoken.images, spoken.image_ids),
        spoken.image_ids,
    )


def _keywords(model: SpeechClip, states: States, grounded: Grounded) -> Iterator[SpokenKeywords]:
    if (keywords := grounded.keywords) is None:
        return
    if grounded.firing is not None:
        fired = grounded.firing.shares.transpose(1, 2)
        places = stretches(fired > 0, fired.argmax(dim=-1))
    else:
        looks = model.looks(states.values, states.lengths)[:, int(model.config.parallel) :]
        most = looks.max(dim=-1, keepdim=True)
        places = stretches(looks >= most.values / 2, most.indices.squeeze(-1))
    for row, stands in enumerate(keywords.mask):
        yield SpokenKeywords(
            keywords.projected[row, stands].cpu(),
            keywords.embeddings[row, stands].cpu(),
            model.hop * places[row, stands].cpu().double(),
        )


def stretches(inside: Tensor, peaks: Tensor) -> Tensor:
    """The unbroken stretch of frames around each peak: [..., 2], its first frame and one past its last.

    Args:
        inside: [..., T], whether a frame may belong to it; the peak itself does.
        peaks: [...], frames.
    """
    breaks = (~inside).cumsum(dim=-1)
    same = inside & (breaks == breaks.gather(-1, peaks[..., None]))
    first = same.int().argmax(dim=-1)
    return torch.stack([first, first + same.sum(dim=-1)], dim=-1)
