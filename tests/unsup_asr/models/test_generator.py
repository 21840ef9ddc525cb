import pytest
import torch
from torch import Tensor
from torch.nn import functional

from unsup_asr.encoders.pooling import pool_segments
from unsup_asr.models.generator import GeneratorConfig, WordGenerator, straight_through

CHANNELS, SLOTS, WIDTH, ENTRIES = 5, 4, 16, 9


@pytest.fixture
def embeddings() -> Tensor:
    generator = torch.Generator().manual_seed(0)
    rows = 3 + 0.2 * torch.randn(ENTRIES, WIDTH, generator=generator) * torch.arange(1, WIDTH + 1)
    rows[0] = 0.0
    return rows


def build(embeddings: Tensor, use_null: bool = False, slots: int = SLOTS) -> WordGenerator:
    torch.manual_seed(1)
    return WordGenerator(GeneratorConfig(dropout=0.5, use_null=use_null), CHANNELS, slots, embeddings)


def segments(number: int, seed: int = 2) -> Tensor:
    return torch.randn(number, SLOTS, CHANNELS, generator=torch.Generator().manual_seed(seed))


def test_tokens_have_the_statistics_of_the_embeddings(embeddings):
    """In training, a batch of outputs of the norm has the mean and deviation that the embeddings have."""
    model = build(embeddings)
    outputs: list[Tensor] = []
    model.norm.register_forward_hook(lambda module, inputs, output: outputs.append(output.detach()))
    model.train()(segments(400))
    words = embeddings[1:]
    torch.testing.assert_close(outputs[0].mean(dim=0), words.mean(dim=0), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(outputs[0].std(dim=0), words.std(dim=0), atol=0, rtol=0.01)


def test_logits_are_cosines_to_the_entries_over_the_temperature(embeddings):
    model = build(embeddings).eval()
    tokens: list[Tensor] = []
    model.norm.register_forward_hook(lambda module, inputs, output: tokens.append(output))
    logits = model(segments(6))
    cosines = functional.cosine_similarity(tokens[0][:, None], embeddings[None, 1:], dim=-1)
    torch.testing.assert_close(logits[:, 1:], cosines / model.config.temperature)


def test_frames_outside_a_segment_do_not_change_its_logits(embeddings):
    model = build(embeddings).eval()
    generator = torch.Generator().manual_seed(3)
    frames, others = torch.randn(2, 40, CHANNELS - 1, generator=generator)
    edges = torch.tensor([[0, 7], [7, 8], [12, 30], [30, 40]])
    inside = torch.zeros(40, 1, dtype=torch.bool)
    inside[12:30] = True
    with torch.no_grad():
        before = model(pool_segments(frames, edges, SLOTS))
        after = model(pool_segments(torch.where(inside, frames, 100 * others), edges, SLOTS))
        alone = model(pool_segments(frames[12:30], torch.tensor([[0, 18]]), SLOTS))
    torch.testing.assert_close(before[2], after[2])
    torch.testing.assert_close(before[2], alone[0])
    assert (before[[0, 1, 3]] - after[[0, 1, 3]]).abs().amax(dim=1).min() > 0.01


def test_null_is_excluded_unless_asked_for(embeddings):
    inputs = segments(6)
    without, with_null = build(embeddings).eval()(inputs), build(embeddings, use_null=True).eval()(inputs)
    assert (without.softmax(dim=-1)[:, 0] == 0).all()
    assert (with_null.softmax(dim=-1)[:, 0] > 0).all()
    assert torch.equal(without[:, 1:], with_null[:, 1:])


@pytest.mark.parametrize("slots", [1, 2, 7, 8])
def test_segments_may_have_any_number_of_slots(embeddings, slots):
    logits = build(embeddings, slots=slots)(torch.randn(3, slots, CHANNELS))
    assert logits.shape == (3, ENTRIES)
    assert logits.isfinite().all()


def test_only_what_is_learned_is_a_parameter(embeddings):
    model = build(embeddings, use_null=True).train()
    model(segments(6)).log_softmax(dim=-1)[:, 3].sum().backward()
    grads = {name: parameter.grad for name, parameter in model.named_parameters()}
    # BatchNorm takes the projection's bias away again.
    assert all(g is not None and g.abs().max() > 0 for name, g in grads.items() if name != "project.bias")
    assert not model.entry_directions.requires_grad
    assert "entry_directions" in model.state_dict()


def test_choices_are_exactly_one_hot_and_pass_the_gradient_on():
    logits = torch.randn(50, 7, generator=torch.Generator().manual_seed(4), requires_grad=True)
    probabilities = logits.softmax(dim=-1)
    choices = straight_through(probabilities)
    assert torch.equal(choices, functional.one_hot(probabilities.argmax(dim=-1), 7).float())
    weights = torch.randn(50, 7, generator=torch.Generator().manual_seed(5))
    (through,) = torch.autograd.grad((choices * weights).sum(), logits, retain_graph=True)
    (soft,) = torch.autograd.grad((probabilities * weights).sum(), logits)
    torch.testing.assert_close(through, soft)
