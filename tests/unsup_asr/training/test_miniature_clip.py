"""The exported model is the trained one, as open_clip itself reads it; and what training sees is what it says."""

import math
from collections.abc import Iterator

import numpy as np
import open_clip
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import load_file
from torch.nn import functional

from unsup_asr.data.captioned_pictures import CaptionedPictures, FalseCaption, TrueCaption
from unsup_asr.encoders.clip import Clip, embed_texts
from unsup_asr.encoders.clip_files import WEIGHTS_FILE
from unsup_asr.errors import InputError
from unsup_asr.training.loop import LoopConfig, shuffled_batch
from unsup_asr.training.miniature_clip import MiniatureClip, MiniatureClipConfig, used_ids

SIDE, UPDATES = 32, 40
COLOURS = ["red", "blue", "green"]


def captions(picture: int) -> list[TrueCaption]:
    """Two captions a picture, of one to four false ones; no two sentences of the world are the same."""
    described = []
    for number, noun in enumerate(("dog", "unicyclist cat")):
        true = (COLOURS[picture % 3], *noun.split(), *["big"] * (picture // 3))
        false = [FalseCaption("hard", (*true, "left"))]
        false += [FalseCaption("easy", (*true, *["right"] * n)) for n in range(1, 1 + (picture + number) % 4)]
        described.append(TrueCaption(true, tuple(false)))
    return described


PIXELS = np.random.default_rng(0).integers(0, 256, (6, SIDE, SIDE, 3), dtype=np.uint8)
PICTURES = CaptionedPictures(PIXELS, [captions(picture) for picture in range(6)])
CONFIG = MiniatureClipConfig(
    image_size=(SIDE, SIDE),
    embed_dim=16,
    vision={"layers": [1, 1, 1, 1], "width": 8, "head_width": 16, "patch_size": None},
    text_width=16,
    text_layers=1,
    text_heads=2,
    context_length=16,
    batch=4,
    false_captions=3,
    loop=LoopConfig(UPDATES, UPDATES, UPDATES),
)


def new_task(tokenizer, seed: int = 0) -> MiniatureClip:
    with torch.random.fork_rng():
        return MiniatureClip(CONFIG, PICTURES, tokenizer, seed)


def sentences() -> Iterator[tuple[str, ...]]:
    for described in PICTURES.captions:
        for caption in described:
            yield from (caption.words, *(false.words for false in caption.false))


@pytest.fixture(scope="module")
def trained(tokenizer, tmp_path_factory):
    """A model after three updates and the folder it was exported to."""
    task = new_task(tokenizer)
    for step in range(3):
        task.update(step)
    folder = tmp_path_factory.mktemp("clip")
    task.export(folder)
    task.model.eval()
    return task, folder


def test_open_clip_gives_the_embeddings_of_the_trained_model(trained):
    task, folder = trained
    model, _, _ = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}")
    model.eval()
    texts = [" ".join(words) for words in sentences()]
    small = {int(full): row for row, full in enumerate(task.ids)}
    ids = [torch.tensor([small[piece] for piece in tokenizer.encode(text)]) for text in texts]
    padded = torch.nn.utils.rnn.pad_sequence(ids, batch_first=True)
    lengths = torch.tensor([len(row) for row in ids])
    pictures = torch.randn(3, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        ours = embed_texts(task.model, task.model.token_embedding(padded), lengths)
        theirs = model.encode_text(tokenizer(texts), normalize=True)
        torch.testing.assert_close(theirs, ours, atol=1e-5, rtol=0)
        torch.testing.assert_close(
            model.encode_image(pictures), task.model.encode_image(pictures), atol=1e-5, rtol=1e-4
        )
    assert torch.equal(model.logit_scale, task.model.logit_scale)


def test_our_own_clip_reads_the_export(trained, tokenizer):
    task, folder = trained
    clip = Clip.load(str(folder))
    assert (clip.context_length, clip.width) == (CONFIG.context_length, CONFIG.embed_dim)
    words = PICTURES.captions[0][0].words
    small = {int(full): row for row, full in enumerate(task.ids)}
    pieces = tokenizer.encode(" ".join(words))
    ids = torch.tensor([[small[piece] for piece in pieces]])
    with torch.no_grad():
        ours = embed_texts(task.model, task.model.token_embedding(ids), torch.tensor([len(pieces)]))
    torch.testing.assert_close(clip.encode_captions([pieces]), ours, atol=1e-5, rtol=0)


def test_rows_of_unused_tokens_are_nought(trained):
    task, folder = trained
    table = load_file(folder / WEIGHTS_FILE)["token_embedding.weight"]
    used = torch.zeros(49408, dtype=torch.bool)
    used[task.ids] = True
    assert torch.equal(table[task.ids], task.model.token_embedding.weight.detach())
    assert (table[~used] == 0).all()
    assert (table[used].abs().amax(dim=1) > 0).all()


def test_training_sees_pictures_as_the_exported_preprocessing_shows_them(trained):
    task, folder = trained
    clip = Clip.load(str(folder))
    seen = []
    hook = task.model.visual.register_forward_hook(lambda module, inputs, output: seen.append(inputs[0]))
    task.update(3)
    hook.remove()
    task.model.eval()
    shown = torch.stack([clip.preprocess(Image.fromarray(pixels)) for pixels in PIXELS])
    distance = (seen[0][:, None].float() - shown[None]).abs().amax(dim=(2, 3, 4))
    assert distance.shape == (CONFIG.batch, len(PIXELS))
    assert distance.amin(dim=1).max() < 1e-5
    # In the order of the batch, in which their captions are drawn, too; it is not that of the file.
    order = shuffled_batch(len(PIXELS), CONFIG.batch, 3, seed=0).tolist()
    assert order != sorted(order)
    assert distance.argmin(dim=1).tolist() == order


def test_the_used_tokens_are_those_of_the_captions(tokenizer):
    ids = used_ids(PICTURES, tokenizer).tolist()
    pieces = {piece for words in sentences() for word in words for piece in tokenizer.encode(word)}
    assert ids == sorted(set(ids))
    assert set(ids) == pieces | {0, 49406, 49407}
    assert ids[-2:] == [49406, 49407]


@given(seed=st.integers(0, 10_000), false_captions=st.integers(0, 5))
def test_false_captions_are_drawn_from_the_captions_own_and_padding_never(
    drawn_from, tokenizer, seed, false_captions
):
    task = drawn_from
    rows = torch.randperm(6, generator=torch.Generator().manual_seed(seed))[:4]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        ids, lengths = task.texts.draw(rows, false_captions)
    assert len(ids) == len(lengths) == 4 * (1 + false_captions)
    full = [tuple(task.ids[row[:length]].tolist()) for row, length in zip(ids, lengths, strict=True)]
    spelled = [tuple(piece for word in words for piece in tokenizer.encode(word)) for words in sentences()]
    words_of = dict(zip(spelled, sentences(), strict=True))
    for place, picture in enumerate(rows.tolist()):
        true, *false = (words_of[full[place + 4 * k]] for k in range(1 + false_captions))
        (caption,) = [c for c in PICTURES.captions[picture] if c.words == true]
        allowed = [other.words for other in caption.false]
        assert all(words in allowed for words in false)
        assert false[:1] == allowed[: min(1, false_captions)]


@pytest.fixture(scope="module")
def drawn_from(tokenizer) -> MiniatureClip:
    return new_task(tokenizer)


def test_every_caption_is_drawn_sometime(drawn_from, tokenizer):
    seen = set()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for _ in range(60):
            ids, lengths = drawn_from.texts.draw(torch.arange(6), 3)
            seen |= {tuple(drawn_from.ids[r[:n]].tolist()) for r, n in zip(ids, lengths, strict=True)}
    spelled = {tuple(piece for word in words for piece in tokenizer.encode(word)) for words in sentences()}
    assert seen == spelled


def test_the_rate_rises_over_a_twentieth_and_falls_to_nought(tokenizer):
    task = new_task(tokenizer)
    rates = []
    for step in (0, 1, 2, UPDATES // 2 - 1, UPDATES - 1):
        task.update(step)
        rates.append(task.optimisers["clip"].param_groups[0]["lr"] / CONFIG.learning_rate)
    # A twentieth of 40 updates are two; the cosine has hardly fallen there, and has half way at half time.
    assert rates[0] == pytest.approx(0.5)
    assert rates[1] == pytest.approx(0.5 + 0.5 * math.cos(math.pi / 20))
    assert rates[2] < rates[1] and max(rates) > 0.99
    assert rates[3] == pytest.approx(0.5)
    assert rates[4] == pytest.approx(0, abs=1e-12)


def test_two_updates_follow_from_the_seed(tokenizer):
    states = []
    for seed in (0, 0, 1):
        task = new_task(tokenizer, seed)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            for step in range(2):
                task.update(step)
        states.append(task.model.state_dict())
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())
    assert not torch.equal(states[0]["text_projection"], states[2]["text_projection"])


def test_the_first_loss_is_contrastive_over_true_and_false_captions(tokenizer):
    """By the definition, from the same draw, with the pictures encoded as training encodes them."""
    task, twin = new_task(tokenizer), new_task(tokenizer)
    with torch.random.fork_rng():
        torch.manual_seed(4)
        loss = float(task.update(0)["contrastive"])
    seen = []
    hook = twin.model.visual.register_forward_hook(lambda module, inputs, output: seen.append(inputs[0]))
    with torch.random.fork_rng():
        torch.manual_seed(4)
        twin.update(0)
    hook.remove()
    shown = torch.from_numpy(PIXELS).permute(0, 3, 1, 2).float() / 255
    shown = (shown - 0.5) / 0.25
    order = (seen[0][:, None].float() - shown[None]).abs().amax(dim=(2, 3, 4)).argmin(dim=1)
    fresh = new_task(tokenizer)
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(4)
        ids, lengths = fresh.texts.draw(order, CONFIG.false_captions)
        fresh.model.train()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            images = fresh.model.encode_image(shown[order].contiguous())
        images = functional.normalize(images.float(), dim=-1)
        texts = embed_texts(fresh.model, fresh.model.token_embedding(ids), lengths)
        fits = (float(fresh.model.logit_scale.exp()) * images @ texts.T).exp()
    own = fits.diagonal()
    to_text = -(own / fits.sum(dim=1)).log().mean()
    to_image = -(own / fits[:, : CONFIG.batch].sum(dim=0)).log().mean()
    assert loss == pytest.approx(float(to_text + to_image) / 2, rel=0.02)


def test_a_caption_without_a_false_one_is_refused(tokenizer):
    bare = CaptionedPictures(PIXELS[:1], [[TrueCaption(("a", "dog"), ())]])
    with pytest.raises(InputError, match="no false one"):
        MiniatureClip(CONFIG, bare, tokenizer, 0)
