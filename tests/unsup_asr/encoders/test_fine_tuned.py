import pytest
import torch

from tests.unsup_asr.encoders.tiny_speech_models import KINDS, noise, tiny_model
from unsup_asr.encoders.fine_tuned import FineTunedEncoder
from unsup_asr.encoders.transformers_speech import TransformersSpeechEncoder
from unsup_asr.errors import InputError

WAVEFORMS = [noise(8000), noise(300, seed=1), noise(12000, seed=2)]


def encoder(kind: str = "hubert_base") -> TransformersSpeechEncoder:
    return TransformersSpeechEncoder(tiny_model(kind), do_normalize=True)


@pytest.mark.parametrize("kind", KINDS)
def test_in_eval_mode_the_states_are_those_of_the_encoder(kind):
    frozen = encoder(kind)
    tuned = FineTunedEncoder(frozen, last=2).eval()
    heard = tuned(WAVEFORMS)
    expected = frozen.encode_states(WAVEFORMS)
    assert (tuned.states, tuned.channels) == (4, 32) == tuple(heard.states.shape[i] for i in (1, 3))
    assert heard.lengths.tolist() == [states.shape[1] for states in expected]
    for own, length, states in zip(heard.states, heard.lengths, expected, strict=True):
        torch.testing.assert_close(own[:, :length], states, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", ["hubert_base", "xls_r"])
@pytest.mark.parametrize("last", [1, 2, 3])
def test_gradients_flow_into_the_last_layers_alone(kind, last):
    tuned = FineTunedEncoder(encoder(kind), last)
    tuned(WAVEFORMS).states.square().mean().backward()
    learning = {id(parameter) for parameter in tuned.model.encoder.layers[3 - last :].parameters()}
    for name, parameter in tuned.named_parameters():
        assert parameter.requires_grad == (id(parameter) in learning), name
        assert (parameter.grad is not None) == (id(parameter) in learning), name


def test_nothing_of_the_frozen_part_is_kept_for_the_backward_pass():
    tuned, kept = FineTunedEncoder(encoder(), last=1), []
    with torch.autograd.graph.saved_tensors_hooks(kept.append, lambda tensor: tensor):
        tuned.model.encoder.layers[2].register_forward_pre_hook(lambda *_: kept.append("last layer"))
        tuned(WAVEFORMS)
    assert kept[0] == "last layer" and len(kept) > 1


def test_the_frozen_part_never_drops_anything():
    """transformers would drop out, skip layers and mask frames in training mode."""
    frozen = encoder()
    settings = dict(hidden_dropout=0.5, layerdrop=0.9, mask_time_prob=0.9)
    frozen.model.config.update(settings)
    for module in frozen.model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.5
    tuned = FineTunedEncoder(frozen, last=1)
    expected = torch.stack(tuned.frozen().encode_states(WAVEFORMS[:1]))
    tuned.eval()
    tuned.train()
    for _ in range(3):
        states = tuned(WAVEFORMS[:1]).states
        torch.testing.assert_close(states[:, :3], expected[:, :3], atol=1e-5, rtol=1e-5)
        assert (states[:, 3] - expected[:, 3]).abs().max() > 0.01  # the layer that learns drops out


def test_learning_leaves_the_encoder_it_began_with_as_it_is():
    frozen = encoder()
    revision, before = frozen.revision, frozen.encode(WAVEFORMS[0])
    tuned = FineTunedEncoder(frozen, last=2)
    assert tuned.frozen().revision == revision
    optimiser = torch.optim.SGD([p for p in tuned.parameters() if p.requires_grad], lr=0.1)
    tuned(WAVEFORMS).states.square().mean().backward()
    optimiser.step()
    assert torch.equal(frozen.encode(WAVEFORMS[0]), before)
    assert tuned.frozen().revision != revision
    assert not torch.equal(tuned.frozen().encode(WAVEFORMS[0]), before)


def test_what_it_learned_is_saved_as_an_encoder(tmp_path):
    tuned = FineTunedEncoder(encoder(), last=1)
    with torch.no_grad():
        tuned.learning[0].final_layer_norm.bias += 1
    tuned.frozen().save(tmp_path)
    loaded = TransformersSpeechEncoder.load(str(tmp_path))
    assert loaded.do_normalize
    expected = tuned.frozen().encode(WAVEFORMS[0])
    torch.testing.assert_close(loaded.encode(WAVEFORMS[0]), expected, atol=1e-6, rtol=1e-6)


def test_weights_are_named_once():
    tuned = FineTunedEncoder(encoder(), last=2)
    assert {name.split(".")[0] for name in tuned.state_dict()} == {"model"}
    assert len(tuned.state_dict()) == len(tuned.model.state_dict())


@pytest.mark.parametrize("last", [0, 4])
def test_other_numbers_of_layers_are_refused(last):
    with pytest.raises(InputError, match=f"the last {last} layers are to learn, the model has 3"):
        FineTunedEncoder(encoder(), last)
