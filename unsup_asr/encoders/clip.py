"""CLIP: pictures and texts in one space, frozen; its text side takes ids or soft embeddings.

Which models there are, and how they are named, `clip_files` says.

Shapes: B batch, L positions, W width of the text tower, E width of the joint space, V entries.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from unsup_asr.encoders.clip_files import load_open_clip
from unsup_asr.errors import InputError


class Clip(nn.Module):
    """A frozen open_clip model.

    Args:
        model: the open_clip model; both its flat and its split text towers are understood.
        preprocess: open_clip's evaluation transform, from a PIL image to [3, H, W].
        tokenizer: open_clip's tokenizer of the model.
    """

    def __init__(self, model: nn.Module, preprocess: Any, tokenizer: Any) -> None:
        super().__init__()
        self.model: Any = model.eval().requires_grad_(False)
        self.text: Any = getattr(model, "text", model)
        self.preprocess, self.tokenizer = preprocess, tokenizer

    @classmethod
    def load(cls, name: str, device: str = "cpu") -> "Clip":
        """Load by name (`ARCHITECTURE/TAG`), from a folder, or from a file of weights (`ARCHITECTURE/FILE`).

        Raises:
            InputError: what `clip_files.load_open_clip` refuses, or a text tower that is not CLIP's own.
        """
        clip = cls(*load_open_clip(name))
        if not _is_clips_own(clip.text):
            fault = "its text tower is not CLIP's own: causal, with the text read off at its end"
            raise InputError(fault, where=name, remedy="take a CLIP such as ViT-B-32/openai")
        return clip.to(device)

    @property
    def token_embeddings(self) -> Tensor:
        """The token table, [49408, W] for the usual CLIP vocabulary."""
        weight: Tensor = self.text.token_embedding.weight
        return weight

    @property
    def width(self) -> int:
        """Width of the joint space, E."""
        return int(self.text.text_projection.shape[-1])

    @property
    def context_length(self) -> int:
        """The most positions a text may take, SOT and EOT included."""
        return int(self.text.positional_embedding.shape[0])

    @property
    def scale(self) -> float:
        """What the cosine of a picture and a text is multiplied with: one over CLIP's temperature."""
        return float(self.model.logit_scale.exp())

    @torch.no_grad()
    def encode_images(self, images: Iterable[Image.Image], batch_size: int = 128) -> Tensor:
        """Unit embeddings of PIL images, [B, E]."""
        remaining, parts = iter(images), []
        while part := list(islice(remaining, batch_size)):
            pixels = torch.stack([self.preprocess(image) for image in part])
            parts.append(self.model.encode_image(pixels.to(self.token_embeddings.device), normalize=True))
        return torch.cat(parts)

    @torch.no_grad()
    def encode_captions(self, captions: Sequence[Sequence[int]], batch_size: int = 512) -> Tensor:
        """Unit embeddings of texts given as the token ids between SOT and EOT, [B, E].

        Captions longer than the context are cut, as CLIP's own tokenizer cuts them.
        """
        room = self.context_length - 2
        order = sorted(range(len(captions)), key=lambda index: len(captions[index]))
        embeddings = torch.empty(len(captions), self.width, device=self.token_embeddings.device)
        for chunk in torch.tensor(order).split(batch_size):
            rows = [torch.tensor(captions[index][:room], dtype=torch.long) for index in chunk.tolist()]
            lengths = torch.tensor([len(row) for row in rows]).to(embeddings.device)
            ids = nn.utils.rnn.pad_sequence(rows, batch_first=True).to(embeddings.device)
            tokens = self.token_embeddings[ids]
            embeddings[chunk.to(embeddings.device)] = self.encode_embeddings(tokens, lengths)
        return embeddings

    def encode_embeddings(self, embeddings: Tensor, lengths: Tensor) -> Tensor:
        """Unit embeddings of texts given as token embeddings, gradients passing through.

        Only as many positions are run as the longest text needs; the mask is causal, so the result is that
        of the full context.

        Args:
            embeddings: [B, L, W], what stands between SOT and EOT; rows beyond a text's length are ignored.
            lengths: [B], tokens in each text, at most the context length − 2.

        Returns:
            [B, E], unit length.
        """
        return embed_texts(self.text, embeddings, lengths)


def embed_texts(text: Any, embeddings: Tensor, lengths: Tensor) -> Tensor:
    """What `Clip.encode_embeddings` does, for any open_clip text tower whose last two tokens are SOT and EOT.

    Raises:
        InputError: a text does not fit the tower's positions.
    """
    context = text.positional_embedding.shape[0]
    positions = embeddings.shape[1] + 2
    if positions > context:
        raise InputError(
            f"a text of {positions - 2} tokens does not fit CLIP's {context} positions",
            remedy="shorten the utterances or use a CLIP of a longer context",
        )
    start, end = text.token_embedding.weight[-2], text.token_embedding.weight[-1]
    starts = start.expand(len(embeddings), 1, -1)
    row = torch.cat([starts, functional.pad(embeddings, (0, 0, 0, 1))], dim=1)
    is_end = torch.arange(positions, device=row.device) == lengths[:, None] + 1
    row = torch.where(is_end[..., None], end, row) + text.positional_embedding[:positions]
    hidden = text.transformer(row, attn_mask=text.attn_mask[:positions, :positions])
    return functional.normalize(text.ln_final(hidden[is_end]) @ text.text_projection, dim=-1)


def _is_clips_own(text: Any) -> bool:
    parts = [getattr(text, name, None) for name in ("text_projection", "attn_mask", "positional_embedding")]
    pool = getattr(text, "pool_type", None) or getattr(text, "text_pool_type", None)
    return all(isinstance(part, Tensor) for part in parts) and pool == "argmax"
