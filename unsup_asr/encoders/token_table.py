"""The CLIP tokens that keywords may choose from, and those nearest to an embedding ("detokenise").

Shapes: V tokens, W width of CLIP's text tower, k neighbours.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from unsup_asr.data.vocabulary import caption_pieces
from unsup_asr.encoders.clip import Clip
from unsup_asr.errors import InputError
from unsup_asr.files import replacing

# What fills the rows of CLIP's tokenizer. The id is that of "!", which is lost with it.
PAD = 0

# Cosines that are held at once: 64 MB.
_CHUNK = 16_000_000


@dataclass(frozen=True)
class Neighbours:
    """The nearest tokens: their rows [..., k] in the table and cosines [..., k], the nearest first."""

    rows: Tensor
    scores: Tensor


@dataclass(frozen=True)
class TokenTable:
    """Tokens that text can be made of: never pad, SOT or EOT.

    Attributes:
        ids: [V], in CLIP's own vocabulary.
        pieces: the BPE piece of each, `dog</w>`.
        embeddings: [V, W], CLIP's token embeddings.
    """

    ids: Tensor
    pieces: tuple[str, ...]
    embeddings: Tensor

    def __len__(self) -> int:
        return len(self.pieces)

    @classmethod
    def from_captions(cls, captions: Iterable[Sequence[str]], clip: Clip) -> "TokenTable":
        """The tokens that captions use, the most frequent first, ties by id.

        Args:
            captions: normalised captions as lists of words; training captions alone.
            clip: its token embeddings and its tokenizer.

        Raises:
            InputError: the captions use no token that CLIP has an embedding for.
        """
        counts = Counter(piece for caption in caption_pieces(captions, clip.tokenizer) for piece in caption)
        used = {clip.tokenizer.encoder[piece]: count for piece, count in counts.items()}
        table = cls._of(sorted(used, key=lambda id: (-used[id], id)), clip)
        if not len(table):
            fault = "the captions use no token that CLIP knows"
            raise InputError(fault, where="data.captions", remedy="give English captions")
        return table

    @classmethod
    def whole(cls, clip: Clip) -> "TokenTable":
        """All tokens of a CLIP, by id."""
        return cls._of(range(len(clip.token_embeddings)), clip)

    @classmethod
    def _of(cls, ids: Iterable[int], clip: Clip) -> "TokenTable":
        """Leaves out special tokens, and those that a packed miniature CLIP has no embedding (zeros) for."""
        end = len(clip.token_embeddings) - 1
        all_embeddings = clip.token_embeddings.detach()
        embedded = all_embeddings.any(dim=1).tolist()
        kept = [id for id in ids if id not in (PAD, end - 1, end) and embedded[id]]
        chosen = torch.tensor(kept, dtype=torch.long, device=all_embeddings.device)
        return cls(chosen, tuple(clip.tokenizer.decoder[id] for id in kept), all_embeddings[chosen].clone())

    def to(self, device: str | torch.device) -> "TokenTable":
        """The table on another device."""
        return replace(self, ids=self.ids.to(device), embeddings=self.embeddings.to(device))

    def nearest(self, embeddings: Tensor, k: int) -> Neighbours:
        """The k tokens of the highest cosine to each of `embeddings` [..., W].

        Raises:
            InputError: the table has fewer than k tokens.
        """
        if k > len(self):
            raise InputError(f"{k} neighbours asked of {len(self)} tokens", remedy="ask for fewer")
        table = functional.normalize(self.embeddings, dim=-1).T
        queries = functional.normalize(embeddings.to(table).reshape(-1, table.shape[0]), dim=-1)
        parts = [(part @ table).topk(k) for part in queries.split(max(1, _CHUNK // len(self)))]
        shape = (*embeddings.shape[:-1], k)
        rows, scores = (torch.cat([part[i] for part in parts]).reshape(shape) for i in (1, 0))
        return Neighbours(rows, scores)

    def write(self, path: Path) -> None:
        """Write the table as one safetensors file; the pieces stand in its metadata."""
        tensors = {"ids": self.ids.cpu(), "embeddings": self.embeddings.cpu()}
        with replacing(path) as temporary:
            save_file(tensors, temporary, {"pieces": json.dumps(self.pieces, ensure_ascii=False)})

    @classmethod
    def read(cls, path: Path) -> "TokenTable":
        """Read what `write` wrote.

        Raises:
            InputError: the file is missing, or is no token table.
        """
        try:
            with safe_open(path, framework="pt") as file:
                pieces = json.loads(file.metadata()["pieces"])
                ids, embeddings = file.get_tensor("ids"), file.get_tensor("embeddings")
        except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
            fault = f"is no token table: {error}"
            raise InputError(fault, where=path, remedy="make it again from captions and CLIP") from error
        return cls(ids, tuple(pieces), embeddings)
