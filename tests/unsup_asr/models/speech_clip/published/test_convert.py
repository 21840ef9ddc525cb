"""Published checkpoints become our models, or are refused by what does not fit."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.unsup_asr.models.speech_clip.published.written import KINDS, content, golden, quantised, write
from unsup_asr.errors import InputError
from unsup_asr.models.speech_clip.config import CIF, CLS, LEARNABLE, NONE
from unsup_asr.models.speech_clip.published.convert import Converted, convert
from unsup_asr.models.speech_clip.published.tokens import recover_ids

# What their names say: both outputs?, keywords, heads, hidden channels, normalised states, learned temperature.
EXPECTED = {
    "parallel": (True, NONE, 8, 4, (0, 0), False, False),
    "cascaded": (False, CLS, 1, 0, (0, 0), False, False),
    "cascaded_large": (False, CLS, 1, 0, (0, 0), True, True),
    "hybrid": (True, CLS, 1, 0, (0, 0), False, True),
    "hybrid_large": (True, CLS, 1, 0, (128, 128), True, True),
    "cascaded_plus": (False, CIF, 1, 0, (0, 0), False, True),
    "cascaded_plus_large": (False, CIF, 8, 0, (0, 128), False, True),
    "hybrid_plus": (True, CIF, 8, 0, (0, 0), False, True),
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Every kind, converted once."""

    @cache
    def model(kind: str) -> Converted:
        with pytest.MonkeyPatch.context() as patch:
            path = write(tmp_path_factory.mktemp(kind) / "model.ckpt", content(golden(kind)), patch)
        return convert(path)

    return model


def state(content: dict[str, Any]) -> dict[str, Tensor]:
    found: dict[str, Tensor] = content["state_dict"]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_and_sizes_are_told(kind: str, models: Any) -> None:
    found = models(kind)
    config = found.network.config
    hidden = (config.parallel_hidden, config.keyword_hidden)
    told = (
        config.parallel,
        config.keywords,
        config.heads,
        config.feed_forward,
        hidden,
        config.normalise_states,
    )
    assert (*told, found.temperature != 0.07) == EXPECTED[kind]
    assert found.temperature == pytest.approx(0.05 if EXPECTED[kind][-1] else 0.07)
    assert config.count == 8 and config.batch_norm == (kind != "parallel")
    assert not found.network.training
    assert found.assumed == (
        "strides (5, 2, 2, 2, 2, 2, 2) of the convolutions",
        "2 attention heads, of 64 channels each",
        f"layer norms {'before' if 'large' in kind else 'behind'} attention and feed-forward",
        f"waveforms {'normalised' if 'large' in kind else 'as they are'}, as in published models of this kind",
    )
    assert found.left_out == ("audio_encoder.encoder.label_embs_concat", "audio_encoder.encoder.final_proj")


class Read:
    """CLIP's place: keywords as they are, its own weights are another test's."""

    def encode_embeddings(self, embeddings: Tensor, lengths: Tensor) -> Tensor:
        return embeddings


def made_of(network: Any, states: Tensor) -> list[Tensor]:
    """What a network makes of hidden states: the parallel output, its keywords."""
    with torch.no_grad():
        made = network(states, torch.full((len(states),), states.shape[2]), Read())
    keywords = [] if made.keywords is None else [made.keywords.embeddings[made.keywords.mask]]
    return keywords if made.parallel is None else [made.parallel, *keywords]


@pytest.mark.parametrize("kind", KINDS)
def test_every_weight_counts(kind: str, models: Any) -> None:
    """So that none that was mistaken could hide behind the bound of the parity."""
    network = models(kind).network
    generator = torch.Generator().manual_seed(0)
    states = torch.randn(2, 3, 25, 128, generator=generator)
    usual = made_of(network, states)
    for name, weight in network.state_dict().items():
        if (
            name in ("token_embeddings", "quantiser.temperature")
            or "num_batches" in name
            or not weight.numel()
        ):
            continue
        kept = weight.clone()
        weight.mul_(1 + 0.5 * torch.rand(weight.shape, generator=generator)).add_(0.1 * (weight.dim() == 1))
        pairs = zip(usual, made_of(network, states), strict=True)
        assert any(here.shape != now.shape or (here - now).abs().max() > 1e-3 for here, now in pairs), name
        weight.copy_(kept)


def test_batch_norm_stays_dimension_by_dimension(models: Any) -> None:
    published, norm = content(golden("cascaded")), models("cascaded").network.keyword_norm
    for name in ("weight", "bias", "running_mean", "running_var"):
        theirs = state(published)[f"cascaded_branch.bn_layer.bn_layer.{name}"]
        assert torch.equal(getattr(norm, name), theirs) and len(theirs) == 8 * 64


def test_without_settings_they_are_those_of_published_models_and_named(converted: Any) -> None:
    for kind, heads in (("parallel", "8 heads"), ("cascaded", "1 head")):
        made = content(golden(kind))
        del made["hyper_parameters"]
        found = converted(made)
        quantiser = () if kind == "parallel" else ("a quantiser whose temperature is fixed",)
        told = (f"{heads} of the attention over HuBERT", "hidden states as they are", *quantiser)
        assert found.assumed[4:] == (*told, "a loss of temperature 0.07")
        assert found.network.config.heads == int(heads[0]) and found.temperature == 0.07


def test_a_learned_temperature_of_the_quantiser(converted: Any) -> None:
    made = content(golden("cascaded"), model_settings=quantised(temp="learnable=0.1", use_gumbel=True))
    state(made)["cascaded_branch.vector_quantizer.curr_temp"] = torch.tensor([0.25])
    network = converted(made).network
    assert isinstance(network.quantiser.temperature, torch.nn.Parameter)
    assert network.config.quantiser.kind == LEARNABLE and network.config.quantiser.gumbel
    assert network.quantiser.temperature.item() == network.config.quantiser.temperature == 0.25


def test_a_whole_vocabulary(converted: Any) -> None:
    """Then the first tokens are `!` and others that the published code passes over by their rows."""
    made = content(golden("cascaded"))
    table = state(made).pop("clip.original_text_emb_weight")
    state(made)["clip.model.token_embedding.weight"] = table
    found = converted(made)
    assert torch.equal(found.tokens.ids, torch.arange(1, 49406))
    assert torch.equal(found.tokens.embeddings, table[1:-2])
    assert found.assumed[-1] == "#, $, which the published code passes over, may be chosen"


def test_tokens_have_their_names(models: Any) -> None:
    tokens = models("cascaded").tokens
    assert tokens.pieces[0] == "a</w>" and len(tokens) == 45
    assert tokens.ids[0] == 320


def test_ids_are_recovered_whatever_their_order() -> None:
    table = torch.randn(500, 6, generator=torch.Generator().manual_seed(0))
    ids = torch.randperm(500, generator=torch.Generator().manual_seed(1))[:200]
    assert torch.equal(recover_ids(table[ids], table, Path("a.ckpt")), ids)
    table[[3, 9, 11]] = table[2].clone()
    table[20] = table[21].clone()
    with pytest.raises(InputError) as error:
        recover_ids(table[[5, 20, 3]], table, Path("a.ckpt"))
    assert "row 1 is ids 20, 21; row 2 is ids 2, 3, 9, 11, in" in error.value.what
    with pytest.raises(InputError, match=r"row 3 is no id and 5 more, in"):
        recover_ids(torch.zeros(9, 6), table, Path("a.ckpt"))
