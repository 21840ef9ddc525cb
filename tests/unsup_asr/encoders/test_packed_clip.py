"""A packed CLIP comes back as it was, up to half precision, and for the tokens that were kept."""

import json

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from unsup_asr.encoders.clip import Clip
from unsup_asr.encoders.clip_files import CONFIG_FILE, WEIGHTS_FILE
from unsup_asr.encoders.packed_clip import pack_clip, packed_key, unpack_clip

TEXTS = ["a red dog", "unicyclist"]


@pytest.fixture(scope="module")
def ids(tokenizer) -> torch.Tensor:
    used = {piece for text in TEXTS for piece in tokenizer.encode(text)}
    return torch.tensor(sorted({0, 49406, 49407} | used))


@pytest.fixture(scope="module")
def packed(tiny_clip, ids, tmp_path_factory):
    path = tmp_path_factory.mktemp("packed") / "clip.safetensors"
    pack_clip(tiny_clip, ids, "the key", path)
    return path


@pytest.fixture(scope="module")
def unpacked(packed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked") / "not" / "there" / "yet"
    unpack_clip(packed, folder)
    return folder


def test_weights_are_those_of_half_precision(tiny_clip, unpacked, ids):
    before, after = (load_file(folder / WEIGHTS_FILE) for folder in (tiny_clip, unpacked))
    assert set(before) == set(after)
    for name, value in before.items():
        if name != "token_embedding.weight":
            assert after[name].dtype == value.dtype
            assert torch.equal(after[name], value.half().to(value.dtype)), name


def test_kept_tokens_come_back_and_others_are_nought(tiny_clip, unpacked, ids):
    before, after = (load_file(f / WEIGHTS_FILE)["token_embedding.weight"] for f in (tiny_clip, unpacked))
    assert after.shape == before.shape
    assert torch.equal(after[ids], before[ids].half().float())
    others = torch.ones(len(after), dtype=torch.bool)
    others[ids] = False
    assert (after[others] == 0).all()


def test_it_sees_and_reads_as_before(tiny_clip, unpacked):
    before, after = (Clip.load(str(folder)) for folder in (tiny_clip, unpacked))
    captions = [before.tokenizer.encode(text) for text in TEXTS]
    pictures = [Image.new("RGB", (40, 30), colour) for colour in ("red", "green")]
    torch.testing.assert_close(
        after.encode_captions(captions), before.encode_captions(captions), atol=3e-3, rtol=0
    )
    torch.testing.assert_close(
        after.encode_images(pictures), before.encode_images(pictures), atol=3e-3, rtol=0
    )


def test_configuration_and_key_come_along(tiny_clip, packed, unpacked):
    assert packed_key(packed) == "the key"
    assert json.loads((unpacked / CONFIG_FILE).read_text()) == json.loads(
        (tiny_clip / CONFIG_FILE).read_text()
    )


def test_it_is_small(tiny_clip, packed):
    """Half the bytes of the rest, and hardly any of the token table."""
    weights = load_file(tiny_clip / WEIGHTS_FILE)
    rest = sum(value.nbytes for name, value in weights.items() if name != "token_embedding.weight")
    assert packed.stat().st_size < rest / 2 + 20_000
