"""Training a miniature CLIP, in open_clip's own form, on captioned pictures.

The contrastive loss of CLIP with harder negatives (after NegCLIP, Yuksekgonul et al. 2023): each picture also
sees captions that one exchanged fact makes false of it, the hardest always: that things stand the other way
round is hardly learned from chance encounters. Only the token rows that the captions use are trained,
as a small table; they are written back into the full one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import Optimizer

from unsup_asr.data.captioned_pictures import CaptionedPictures
from unsup_asr.encoders.clip import embed_texts
from unsup_asr.encoders.clip_files import CONFIG_FILE, WEIGHTS_FILE
from unsup_asr.errors import InputError
from unsup_asr.files import replacing, write_json
from unsup_asr.training.loop import LoopConfig, shuffled_batch
from unsup_asr.training.precision import backward
from unsup_asr.training.schedule import warmed_cosine

VOCABULARY_SIZE = 49408


@dataclass
class MiniatureClipConfig:
    """A miniature CLIP and its training.

    Attributes:
        image_size: height and width that pictures are brought to.
        embed_dim: width of the joint space.
        vision: open_clip's settings of the image tower.
        text_width: width of the text tower.
        text_layers: layers of the text tower.
        text_heads: attention heads of the text tower.
        context_length: positions of the text tower.
        batch: pictures an update.
        false_captions: false captions beside each picture's true one.
        learning_rate: peak; warmed up, then annealed along a cosine.
        weight_decay: AdamW's.
        loop: length of the training.
    """

    image_size: tuple[int, int] = (96, 96)
    embed_dim: int = 128
    vision: dict[str, Any] = field(
        default_factory=lambda: {"layers": [1, 1, 2, 2], "width": 16, "head_width": 32, "patch_size": None}
    )
    text_width: int = 128
    text_layers: int = 2
    text_heads: int = 4
    context_length: int = 24
    batch: int = 64
    false_captions: int = 2
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.05
    loop: LoopConfig = field(default_factory=lambda: LoopConfig(7000, 250, 50))

    def open_clip_config(self) -> dict[str, Any]:
        """The model as open_clip describes it in `open_clip_config.json`."""
        return {
            "model_cfg": {
                "embed_dim": self.embed_dim,
                "vision_cfg": {"image_size": _side(self.image_size), **self.vision},
                "text_cfg": {
                    "context_length": self.context_length,
                    "vocab_size": VOCABULARY_SIZE,
                    "width": self.text_width,
                    "heads": self.text_heads,
                    "layers": self.text_layers,
                },
            },
            "preprocess_cfg": {
                "mean": [0.5, 0.5, 0.5],
                "std": [0.25, 0.25, 0.25],
                "interpolation": "bilinear",
                "resize_mode": "squash",
            },
        }


class MiniatureClip:
    """The training task.

    Args:
        config: model and training.
        pictures: what it learns from.
        tokenizer: open_clip's BPE tokenizer.
        seed: of weights and order.
    """

    modules: Mapping[str, nn.Module]
    optimisers: Mapping[str, Optimizer]

    def __init__(
        self, config: MiniatureClipConfig, pictures: CaptionedPictures, tokenizer: Any, seed: int
    ) -> None:
        from open_clip.model import CLIP

        torch.manual_seed(seed)
        self.config, self.pictures, self.seed = config, pictures, seed
        self.ids = used_ids(pictures, tokenizer)
        sizes = config.open_clip_config()["model_cfg"]
        sizes["text_cfg"]["vocab_size"] = len(self.ids)
        self.model = CLIP(**sizes).to(memory_format=torch.channels_last)
        self.texts = _Texts(pictures, tokenizer, self.ids)
        self.modules = {"clip": self.model}
        optimiser = torch.optim.AdamW(
            self.model.parameters(),
            lr=config.learning_rate,
            betas=(0.9, 0.98),
            weight_decay=config.weight_decay,
        )
        self.optimisers = {"clip": optimiser}

    def update(self, step: int) -> dict[str, Tensor]:
        """One update on a batch of pictures with a caption each and their false captions."""
        optimiser = self.optimisers["clip"]
        for group in optimiser.param_groups:
            group["lr"] = self.config.learning_rate * warmed_cosine(step, self.config.loop.updates)
        self.model.train()
        rows = shuffled_batch(len(self.pictures.pixels), self.config.batch, step, self.seed)
        with torch.autocast("cpu", dtype=torch.bfloat16):  # three times as fast as float32, for convolutions
            images = self.model.encode_image(_pixels(self.pictures.pixels, rows))
        images = functional.normalize(images.float(), dim=-1)
        ids, lengths = self.texts.draw(rows, self.config.false_captions)
        texts = embed_texts(self.model, self.model.token_embedding(ids), lengths)
        logits = self.model.logit_scale.exp().clamp(max=100) * images @ texts.T
        targets = torch.arange(len(rows))
        to_text = functional.cross_entropy(logits, targets)
        to_image = functional.cross_entropy(logits[:, : len(rows)].T, targets)
        loss = (to_text + to_image) / 2
        optimiser.zero_grad()
        backward(loss)
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        optimiser.step()
        right = (logits[:, : len(rows)].argmax(dim=1) == targets).float().mean()
        return {"contrastive": loss.detach(), "batch_r1": right}

    def export(self, folder: Path) -> None:
        """Write the model as open_clip reads it; the full token table is zero but for the trained rows."""
        weights = {key: value.detach().contiguous() for key, value in self.model.state_dict().items()}
        small = weights["token_embedding.weight"]
        full = torch.zeros(VOCABULARY_SIZE, small.shape[1])
        full[self.ids] = small
        weights["token_embedding.weight"] = full
        with replacing(folder / WEIGHTS_FILE) as temporary:
            save_file(weights, temporary)
        write_json(folder / CONFIG_FILE, self.config.open_clip_config())


def used_ids(pictures: CaptionedPictures, tokenizer: Any) -> Tensor:
    """The CLIP ids that the captions use, ascending, padding first, SOT and EOT last."""
    words = {
        word
        for captions in pictures.captions
        for caption in captions
        for sentence in (caption.words, *(false.words for false in caption.false))
        for word in sentence
    }
    ids = {piece for word in words for piece in tokenizer.encode(word)}
    return torch.tensor([0, *sorted(ids - {0}), VOCABULARY_SIZE - 2, VOCABULARY_SIZE - 1])


class _Texts:
    """All captions as rows of one table of ids, so that a batch is one look-up.

    `ids` is [N, C, 1 + F, L]: pictures, captions of a picture, the true one before its false ones, positions.
    """

    def __init__(self, pictures: CaptionedPictures, tokenizer: Any, used: Tensor) -> None:
        small = {int(full): row for row, full in enumerate(used)}
        captions = min(map(len, pictures.captions))
        variants = 1 + max(len(c.false) for row in pictures.captions for c in row[:captions])
        shape = (len(pictures.captions), captions, variants)
        pieces: dict[str, list[int]] = {}
        rows = []
        self.false = torch.empty(shape[:2], dtype=torch.long)
        for picture, described in enumerate(pictures.captions):
            for number, caption in enumerate(described[:captions]):
                if not caption.false:
                    raise InputError(
                        f"caption {number} has no false one to tell it from",
                        where=f"picture {picture}",
                        remedy="give every caption a false one",
                    )
                sentences = [caption.words, *(false.words for false in caption.false)]
                self.false[picture, number] = len(caption.false)
                for words in sentences + [caption.words] * (variants - len(sentences)):
                    for word in words:
                        if word not in pieces:
                            pieces[word] = [small[piece] for piece in tokenizer.encode(word)]
                    rows.append(torch.tensor([p for word in words for p in pieces[word]], dtype=torch.int32))
        self.lengths = torch.tensor([len(row) for row in rows]).view(shape)
        self.ids = nn.utils.rnn.pad_sequence(rows, batch_first=True).view(*shape, -1)

    def draw(self, rows: Tensor, false_captions: int) -> tuple[Tensor, Tensor]:
        """A caption of each picture at random, with the hardest of its false ones and others at random.

        Returns:
            ids [B (1 + F), L] and lengths, all true captions first.
        """
        caption = torch.randint(self.ids.shape[1], (len(rows),))
        false = (torch.rand(false_captions, len(rows)) * self.false[rows, caption]).long() + 1
        false[:1] = 1
        variant = torch.cat([torch.zeros(1, len(rows), dtype=torch.long), false])
        lengths = self.lengths[rows, caption, variant].flatten()
        ids = self.ids[rows, caption, variant].flatten(0, 1)[:, : int(lengths.max())]
        return ids.long(), lengths


def _side(size: tuple[int, int]) -> int | list[int]:
    """One number where the picture is square: open_clip's convolutional tower takes no other form."""
    return size[0] if size[0] == size[1] else list(size)


def _pixels(pixels: np.ndarray, rows: Tensor) -> Tensor:
    """[B, 3, H, W], centred on zero as the exported preprocessing does."""
    picked = torch.from_numpy(pixels[np.sort(rows.numpy())])
    back = torch.argsort(torch.argsort(rows))
    return ((picked[back].permute(0, 3, 1, 2).float() / 255) - 0.5) / 0.25
