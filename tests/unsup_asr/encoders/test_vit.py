"""Pictures through a small vision transformer that we save ourselves, in the hub's form."""

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import ViTImageProcessor, ViTModel

from unsup_asr.encoders.vit import Vit
from unsup_asr.errors import InputError


@pytest.fixture
def pictures() -> list[Image.Image]:
    rng = np.random.default_rng(0)
    return [Image.fromarray(rng.integers(0, 255, (40, 60, 3), dtype=np.uint8)) for _ in range(5)]


def test_embeddings_are_the_models_own_at_unit_length(tiny_vit, pictures):
    ours = Vit.load(str(tiny_vit)).encode_images(pictures)
    pixels = ViTImageProcessor.from_pretrained(tiny_vit)(pictures, return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        theirs = ViTModel.from_pretrained(tiny_vit)(pixels).last_hidden_state[:, 0]
    torch.testing.assert_close(ours, theirs / theirs.norm(dim=1, keepdim=True), atol=1e-5, rtol=0)


def test_batches_change_nothing(tiny_vit, pictures):
    vit = Vit.load(str(tiny_vit))
    torch.testing.assert_close(vit.encode_images(pictures, batch_size=2), vit.encode_images(pictures))


def test_what_is_no_vision_transformer_is_refused(tmp_path, tiny_hubert):
    with pytest.raises(InputError, match="no vision transformer can be loaded"):
        Vit.load(str(tmp_path))
    with pytest.raises(InputError, match="no vision transformer"):
        Vit.load(str(tiny_hubert))
