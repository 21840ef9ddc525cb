import open_clip
import pytest
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from unsup_asr.encoders.clip import Clip, embed_texts
from unsup_asr.errors import InputError

START, END = 49406, 49407
CAPTIONS = ["a black dog runs", "snow", "", "two men talk beside the old harbour wall", "skateboarding"]


@pytest.fixture(scope="module", params=["flat", "split", "77 positions"])
def clip(request, save_tiny_clip, tiny_clip) -> Clip:
    if request.param == "split":
        return Clip.load(str(save_tiny_clip(custom_text=True)))
    if request.param == "77 positions":
        return Clip.load(str(save_tiny_clip(context_length=77)))
    return Clip.load(str(tiny_clip))


@pytest.fixture
def ids(clip) -> list[list[int]]:
    return [clip.tokenizer.encode(caption) for caption in CAPTIONS]


def by_open_clip(clip: Clip, ids: list[list[int]]) -> Tensor:
    """open_clip's own text encoder on rows padded to the full context."""
    rows = torch.zeros(len(ids), clip.context_length, dtype=torch.long)
    for row, tokens in zip(rows, ids, strict=True):
        row[: len(tokens) + 2] = torch.tensor([START, *tokens, END])
    with torch.no_grad():
        return clip.model.encode_text(rows, normalize=True)


def test_captions_are_encoded_as_by_open_clip(clip, ids):
    torch.testing.assert_close(clip.encode_captions(ids), by_open_clip(clip, ids), atol=1e-5, rtol=0)


def test_captions_are_encoded_as_by_open_clips_tokenizer(clip, ids):
    with torch.no_grad():
        expected = clip.model.encode_text(clip.tokenizer(CAPTIONS), normalize=True)
    torch.testing.assert_close(clip.encode_captions(ids, batch_size=2), expected, atol=1e-5, rtol=0)


def test_long_captions_are_cut_as_by_open_clips_tokenizer(clip):
    caption = "dog and cat " * 40
    with torch.no_grad():
        expected = clip.model.encode_text(clip.tokenizer([caption]), normalize=True)
    ours = clip.encode_captions([clip.tokenizer.encode(caption)])
    torch.testing.assert_close(ours, expected, atol=1e-5, rtol=0)


def test_one_hot_rows_times_the_table_equal_ids_and_gradients_flow(clip, ids):
    tokens = torch.nn.utils.rnn.pad_sequence(
        [torch.tensor(row, dtype=torch.long) for row in ids], batch_first=True
    )
    used, places = tokens.unique(return_inverse=True)
    choices = functional.one_hot(places, len(used)).float().requires_grad_(True)
    lengths = torch.tensor([len(row) for row in ids])
    embedded = clip.encode_embeddings(choices @ clip.token_embeddings[used], lengths)
    torch.testing.assert_close(embedded, by_open_clip(clip, ids), atol=1e-5, rtol=0)
    embedded[:, 0].sum().backward()
    reached = choices.grad.abs().sum(dim=-1) > 0
    assert torch.equal(reached, torch.arange(tokens.shape[1]) < lengths[:, None])


def test_the_longest_text_alone_is_run_and_the_result_is_that_of_all_positions(save_tiny_clip):
    """Soft embeddings, in double precision, against open_clip's own graph over the full context of 77."""
    clip = Clip.load(str(save_tiny_clip(context_length=77))).double()
    width, lengths = clip.token_embeddings.shape[1], torch.tensor([3, 0, 9])
    soft = torch.randn(3, 9, width, generator=torch.Generator().manual_seed(0)).double()
    start, end = clip.token_embeddings[START], clip.token_embeddings[END]
    rows = clip.token_embeddings[torch.zeros(3, 77, dtype=torch.long)]
    ids = torch.zeros(3, 77, dtype=torch.long)
    for k, length in enumerate(lengths.tolist()):
        rows[k, : length + 2] = torch.cat([start[None], soft[k, :length], end[None]])
        ids[k, length + 1] = END
    seen: list[int] = []
    clip.text.transformer.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].shape[1]))
    with torch.no_grad(), clip.text.token_embedding.register_forward_hook(lambda *_: rows):
        whole = clip.model.encode_text(ids, normalize=True)
    torch.testing.assert_close(clip.encode_embeddings(soft, lengths), whole, atol=1e-13, rtol=0)
    assert seen == [77, 11]


def test_gradients_are_those_of_open_clips_own_graph(clip, ids):
    """Through open_clip's full-length text tower, by way of its token table."""
    tokens = ids[0]
    table = clip.text.token_embedding
    embeddings = table.weight[tokens].clone().requires_grad_(True)
    clip.encode_embeddings(embeddings[None], torch.tensor([len(tokens)]))[0, 0].backward()
    row = torch.zeros(1, clip.context_length, dtype=torch.long)
    row[0, : len(tokens) + 2] = torch.tensor([START, *tokens, END])
    caught: list[Tensor] = []

    def catch(module, inputs, output: Tensor) -> Tensor:
        caught.append(output.detach().requires_grad_(True))
        return caught[0]

    with table.register_forward_hook(catch):
        clip.model.encode_text(row, normalize=True)[0, 0].backward()
    torch.testing.assert_close(embeddings.grad, caught[0].grad[0, 1 : len(tokens) + 1], atol=1e-6, rtol=1e-4)


def test_what_stands_beyond_a_length_is_not_read(clip):
    embeddings = torch.randn(2, 6, clip.token_embeddings.shape[1])
    lengths = torch.tensor([2, 6])
    other = embeddings.clone()
    other[0, 2:] = 50.0
    assert torch.equal(clip.encode_embeddings(embeddings, lengths), clip.encode_embeddings(other, lengths))


def test_a_text_that_does_not_fit_is_refused(clip):
    most = clip.context_length - 2
    width = clip.token_embeddings.shape[1]
    embed_texts(clip.text, torch.zeros(1, most, width), torch.tensor([most]))
    with pytest.raises(InputError, match=f"{most + 1} tokens does not fit CLIP's {most + 2} positions"):
        clip.encode_embeddings(torch.zeros(1, most + 1, width), torch.tensor([most + 1]))


def test_images_are_encoded_as_by_open_clip(clip):
    noise = torch.randint(256, (5, 50, 40, 3), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    images = [Image.fromarray(pixels.numpy()) for pixels in noise]
    pixels = torch.stack([clip.preprocess(image) for image in images])
    with torch.no_grad():
        expected = clip.model.encode_image(pixels, normalize=True)
    ours = clip.encode_images((image for image in images), batch_size=2)
    torch.testing.assert_close(ours, expected, atol=1e-5, rtol=0)
    assert ours.shape == (5, clip.width)


def test_it_is_frozen(clip):
    assert not any(parameter.requires_grad for parameter in clip.parameters())
    assert not clip.model.training
    assert clip.token_embeddings.shape == (49408, 32)
    assert clip.scale == pytest.approx(float(clip.model.logit_scale.exp()))


def test_the_context_length_is_the_models(tiny_clip, save_tiny_clip):
    assert Clip.load(str(tiny_clip)).context_length == 20
    assert Clip.load(str(save_tiny_clip(context_length=9))).context_length == 9


def test_a_folder_is_read_as_open_clip_reads_it(tiny_clip):
    theirs, _, _ = open_clip.create_model_and_transforms(f"local-dir:{tiny_clip}")
    ours = Clip.load(str(tiny_clip)).model.state_dict()
    assert all(torch.equal(ours[key], value) for key, value in theirs.state_dict().items())


def test_a_text_tower_of_another_kind_is_refused(save_tiny_clip):
    for settings in ({"no_causal_mask": True}, {"pool_type": "last"}, {"proj_bias": True}):
        with pytest.raises(InputError, match="text tower is not CLIP's own"):
            Clip.load(str(save_tiny_clip(custom_text=True, **settings)))
