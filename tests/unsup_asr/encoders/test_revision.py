import torch
from transformers import HubertModel

from tests.unsup_asr.encoders.tiny_speech_models import tiny_model
from unsup_asr.encoders.revision import weights_revision


def test_equal_weights_have_one_revision_wherever_they_lie(tmp_path):
    model = tiny_model("hubert_base")
    model.save_pretrained(tmp_path / "here")
    model.save_pretrained(tmp_path / "there")
    here, there = (HubertModel.from_pretrained(tmp_path / place) for place in ("here", "there"))
    assert weights_revision(here) == weights_revision(there)


def test_a_weight_a_setting_or_the_configuration_changes_it():
    model = tiny_model("hubert_25_hz")
    found = [weights_revision(model), weights_revision(model, do_normalize=True)]
    with torch.no_grad():
        model.encoder.layers[1].layer_norm.bias[0] += 1e-6
    found.append(weights_revision(model))
    model.encoder.pos_conv_embed.batch_norm.running_mean[0] += 1e-6
    found.append(weights_revision(model))
    model.config.layer_norm_eps = 1e-3
    found.append(weights_revision(model.half()))
    assert len(set(found)) == len(found)
