"""The models of the family as wholes: padding, positions that are not run, gradients, refusals."""

from dataclasses import replace

import pytest
import torch

from unsup_asr.encoders.clip import Clip
from unsup_asr.errors import UsageError
from unsup_asr.models.speech_clip.config import SpeechClipConfig
from unsup_asr.models.speech_clip.model import SpeechClip

STATES, CHANNELS, HOP, TOKENS = 3, 16, 0.02, 40
KINDS = {
    "parallel": SpeechClipConfig(parallel=True, keywords="none", heads=4, feed_forward=2),
    "cascaded": SpeechClipConfig(count=4),
    "hybrid": SpeechClipConfig(parallel=True, count=3, heads=2, parallel_hidden=8, keyword_hidden=8),
    "cascaded_plus": SpeechClipConfig(keywords="cif", seconds_per_keyword=0.1),
    "hybrid_plus": SpeechClipConfig(parallel=True, keywords="cif", seconds_per_keyword=0.1),
    "without_norm": SpeechClipConfig(count=4, batch_norm=False, normalise_states=True),
}


@pytest.fixture(scope="module")
def clip(tiny_clip) -> Clip:
    return Clip.load(str(tiny_clip))


def made(config: SpeechClipConfig, clip: Clip) -> SpeechClip:
    torch.manual_seed(0)
    table = clip.token_embeddings[100 : 100 + TOKENS]
    return SpeechClip(config, STATES, CHANNELS, HOP, table, clip.width, clip.context_length - 2)


def heard(*lengths: int) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    return torch.randn(len(lengths), STATES, max(lengths), CHANNELS), torch.tensor(lengths)


@pytest.mark.parametrize("kind", KINDS)
def test_outputs_have_unit_length_and_what_the_kind_has(kind, clip):
    config = KINDS[kind]
    grounded = made(config, clip).eval()(*heard(20, 31), clip)
    assert (grounded.parallel is not None) == config.parallel
    assert (grounded.keywords is not None) == (grounded.cascaded is not None) == (config.keywords != "none")
    for each in (grounded.parallel, grounded.cascaded):
        if each is not None:
            assert each.shape == (2, clip.width)
            torch.testing.assert_close(each.norm(dim=1), torch.ones(2))


@pytest.mark.parametrize("kind", KINDS)
def test_padding_and_company_change_nothing(kind, clip):
    model, (states, lengths) = made(KINDS[kind], clip).eval(), heard(31, 12)
    together = model(states, lengths, clip)
    filled = states.clone()
    filled[1, :, 12:] = 50.0
    alone = model(states[1:, :, :12], lengths[1:], clip)
    for other in (model(filled, lengths, clip), together):
        for name in ("parallel", "cascaded"):
            if (value := getattr(other, name)) is not None:
                torch.testing.assert_close(value[1:], getattr(alone, name), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_every_weight_learns(kind, clip):
    model, (states, lengths) = made(KINDS[kind], clip).train(), heard(30, 25, 28, 18)
    grounded = model(states, lengths, clip, rescaled=True)
    targets = torch.randn(4, clip.width)
    values = [v for v in (grounded.parallel, grounded.cascaded) if v is not None]
    loss = sum((value * targets).sum() for value in values)
    if grounded.firing is not None:
        loss = loss + grounded.firing.weights.square().sum()
    loss.backward()
    still = [
        name for name, p in model.named_parameters() if p.numel() and (p.grad is None or not p.grad.any())
    ]
    assert not still


def test_keywords_are_what_clip_reads(clip):
    model = made(KINDS["cascaded"], clip).eval()
    grounded = model(*heard(20, 31), clip)
    ids = (100 + grounded.keywords.choices).tolist()
    torch.testing.assert_close(grounded.cascaded, clip.encode_captions(ids), atol=1e-5, rtol=1e-5)
    nearest = (grounded.keywords.embeddings[:, :, None] - 0) @ torch.nn.functional.normalize(
        model.token_embeddings, dim=-1
    ).T
    assert torch.equal(nearest[:, :, 0].argmax(dim=-1), grounded.keywords.choices)


def test_as_many_keywords_fire_as_the_speech_is_long(clip):
    model, (states, lengths) = made(KINDS["cascaded_plus"], clip), heard(50, 20)
    grounded = model(states, lengths, clip, rescaled=True)
    assert grounded.wanted.tolist() == [10, 4]
    assert grounded.keywords.mask.sum(dim=1).tolist() == [10, 4]


def test_hidden_states_are_the_sum_and_the_blocks_output(clip):
    model, (states, lengths) = made(KINDS["hybrid"], clip).eval(), heard(20, 31)
    summed, attended = model.hidden_states(states, lengths)
    torch.testing.assert_close(summed, states.mean(dim=1))
    assert attended.shape == summed.shape
    looks = model.looks(states, lengths)
    assert looks.shape == (2, 4, 31) and not looks[0, :, 20:].any()


@pytest.mark.parametrize(
    ("config", "fault"),
    [
        (SpeechClipConfig(keywords="none"), "neither branch"),
        (SpeechClipConfig(keywords="words"), "keywords come from 'words'"),
        (SpeechClipConfig(count=0), "0 keywords"),
        (SpeechClipConfig(count=1000), "1000 keywords"),
        (SpeechClipConfig(heads=3), "do not divide among 3 heads"),
    ],
)
def test_what_is_no_model_is_refused(config, fault, clip):
    with pytest.raises(UsageError, match=fault):
        made(config, clip)


@pytest.mark.parametrize(("field", "value"), [("kind", "warm"), ("temperature", 0.0)])
def test_what_is_no_temperature_is_refused(field, value, clip):
    config = SpeechClipConfig()
    with pytest.raises(UsageError, match="temperature"):
        made(replace(config, quantiser=replace(config.quantiser, **{field: value})), clip)
