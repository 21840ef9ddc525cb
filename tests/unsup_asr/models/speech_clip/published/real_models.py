"""Tiny models of the published SpeechCLIP and SpeechCLIP+, and what they make of speech.

Runs where fairseq 0.12.2 and OpenAI's CLIP are installed, not in the tests' environment, once a repository:
`python real_models.py REPOSITORY FOLDER KIND…`, the repository being atosystem/SpeechCLIP for the kinds parallel
and cascaded, ShampooWang/SpeechCLIP_plus for the others. What those import and no computation needs is left out.
"""

import json
import sys
import tempfile
from argparse import Namespace
from pathlib import Path
from types import ModuleType
from unittest.mock import MagicMock

import clip
import clip.model
import fairseq.checkpoint_utils
import numpy as np
import torch
import yaml
from drawn import drawn, drawn_pictures, drawn_probe, drawn_waveforms, is_drawn
from fairseq.models.hubert.hubert import HubertConfig, HubertModel
from fairseq.tasks.hubert_pretraining import HubertPretrainingConfig
from safetensors.torch import save_file

WIDTH, TEXT_WIDTH = 128, 64
HUBERT = {
    "encoder_layers": 2,
    "encoder_embed_dim": WIDTH,
    "encoder_ffn_embed_dim": 96,
    "encoder_attention_heads": 2,
    "conv_feature_layers": "[(8, 10, 5)] + [(8, 3, 2)] * 4 + [(8, 2, 2)] * 2",
    "conv_pos": 8,
    "conv_pos_groups": 4,
    "final_dim": 8,
    "label_rate": 50,
}
LARGE = {"extractor_mode": "layer_norm", "layer_norm_first": True}
CLIP = {
    "embed_dim": TEXT_WIDTH,
    "image_resolution": 32,
    "vision_layers": 1,
    "vision_width": 64,
    "vision_patch_size": 16,
    "context_length": 77,
    "vocab_size": 49408,
    "transformer_width": TEXT_WIDTH,
    "transformer_heads": 1,
    "transformer_layers": 2,
}
CONFIGURATIONS = {
    "parallel": "speechCLIP/model_base/spchclp_p.yaml",
    "cascaded": "speechCLIP/model_base/spchclp_c.yaml",
    "cascaded_large": "speechCLIP/model_large/flickr/spchclp_c.yaml",
    "hybrid": "speechCLIP+/model_base/spchclip_h.yaml",
    "hybrid_large": "speechCLIP+/model_large/flickr/spchclip_h.yaml",
    "cascaded_plus": "speechCLIP+/model_base/spchclip_c+.yaml",
    "cascaded_plus_large": "speechCLIP+/model_large/flickr/spchclip_c+.yaml",
    "hybrid_plus": "speechCLIP+/model_base/spchclip_h+.yaml",
}
ABSENT = (
    "pytorch_lightning.loggers.wandb",
    "s3prl.utility.download",
    "transformers.file_utils",
    "sklearn.decomposition",
    "plotly.express",
    "pandas",
    "librosa",
    "sacrebleu",
    "editdistance",
)


class LightningModule(torch.nn.Module):
    """What a model needs of pytorch-lightning's."""

    device = torch.device("cpu")

    def save_hyperparameters(self):
        """The configuration is kept otherwise."""


def main(repository, folder, kinds):
    """Write `KIND.safetensors` for every kind."""
    leave_out_the_absent()
    sys.path.insert(0, str(repository))
    folder.mkdir(parents=True, exist_ok=True)
    for kind in kinds:
        path = repository / "config" / CONFIGURATIONS[kind]
        config = small(yaml.safe_load(path.read_text()), kind.endswith("large"))
        ids = np.array([0, 320, 49406, 49407, *np.random.RandomState(0).permutation(40000)[:44] + 400])
        with tempfile.TemporaryDirectory() as temporary:
            reduced = Path(temporary) / "ids.npy"
            np.save(reduced, np.stack([ids, np.ones_like(ids)], axis=1))
            config["clip"]["reduce_subword_embbedding"] = str(reduced)
            model = built(config, kind.endswith("large"))
        shapes = {name: list(tensor.shape) for name, tensor in model.state_dict().items()}
        fill(model, ids)
        tensors = {"ids": torch.from_numpy(ids), **outputs(model)}
        metadata = {"config": json.dumps(told(config)), "shapes": json.dumps(shapes)}
        contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
        save_file(contiguous, folder / f"{kind}.safetensors", metadata)
        print(kind, {name: tuple(tensor.shape) for name, tensor in tensors.items()})


def leave_out_the_absent():
    """Names that the published code imports; none takes part in what is computed here."""
    for name in ABSENT:
        parts = name.split(".")
        for depth in range(1, len(parts) + 1):
            sys.modules.setdefault(".".join(parts[:depth]), MagicMock())
    sys.modules["transformers.file_utils"].copy_func = lambda function: function
    lightning = ModuleType("pytorch_lightning")
    lightning.LightningModule = LightningModule
    sys.modules["pytorch_lightning"] = lightning
    sys.modules["pytorch_lightning.loggers"] = MagicMock()


def small(config, is_large):
    """A shipped configuration, of tiny widths."""
    settings = config["model_settings"]
    for branch in (settings["parallel_branch"], settings["cascaded_branch"]):
        wide = branch["transformer_args"]["dim_feedforward"] // branch["transformer_args"]["d_model"]
        branch["transformer_args"].update(d_model=WIDTH, dim_feedforward=wide * WIDTH)
    cascaded = settings["cascaded_branch"]
    for projection in (
        settings["parallel_branch"].get("projection_config"),
        cascaded["keyword"].get("kw_projection"),
    ):
        if projection is not None:
            projection["dimensions"] = [WIDTH, WIDTH, TEXT_WIDTH]
    cif = cascaded.get("downsampling", {}).get("cif", {})
    cif.update({name: WIDTH for name in ("cif_output_dim", "encoder_embed_dim", "cif_embedding_dim") if cif})
    config["audio_encoder"]["name"] = "hubert_large_ll60k" if is_large else "hubert"
    return config


def told(config):
    """The settings that a reader needs."""
    settings = config["model_settings"]
    branches = {
        name: {key: settings[name][key] for key in ("transformer_args", "vq") if key in settings[name]}
        for name in ("parallel_branch", "cascaded_branch")
    }
    return {
        "model_settings": branches,
        "audio_encoder": config["audio_encoder"],
        "cl_loss": config["cl_loss"],
    }


def built(config, is_large):
    """The published model around a tiny HuBERT and a tiny CLIP."""
    hubert = HubertModel(
        HubertConfig(**{**HUBERT, **(LARGE if is_large else {})}),
        HubertPretrainingConfig(normalize=is_large),
        [range(4)],
    )
    task = Namespace(cfg=Namespace(normalize=is_large))
    fairseq.checkpoint_utils.load_model_ensemble_and_task = lambda paths: ([hubert], None, task)
    clip.load = lambda name, device: (clip.model.CLIP(**CLIP).float(), None)
    from avssl.base import OrderedNamespace
    from avssl.model import KWClip_GeneralTransformer

    torch.manual_seed(0)
    return KWClip_GeneralTransformer(OrderedNamespace(config)).eval()


def fill(model, ids):
    """Every weight by its name."""
    state = model.state_dict()
    for name, tensor in state.items():
        if is_drawn(name):
            state[name] = torch.from_numpy(drawn(name, tuple(tensor.shape), ids)).to(tensor.dtype)
    model.load_state_dict(state)


@torch.no_grad()
def outputs(model):
    """What the model makes of two waveforms of one length, and what happens on the way."""
    waveforms = list(torch.from_numpy(drawn_waveforms()))
    branch = model.parallel_branch if model.cascaded_branch is None else model.cascaded_branch
    seen = {
        "frames": model.forward_audio(waveforms)[0][:, ::7],
        "pictures": model.clip.encode_image(torch.from_numpy(drawn_pictures())),
    }
    for name, module in (("embeddings", "bn_layer"), ("firing", "downsampling")):
        if hasattr(branch, module):
            getattr(branch, module).register_forward_hook(kept(seen, name))
    if hasattr(branch, "vector_quantizer"):
        keep = kept_cosines(seen)
        branch.vector_quantizer.register_forward_pre_hook(keep, with_kwargs=True)
    found = model.encode_speech(waveforms)
    for name in ("parallel_audio_feat", "cascaded_audio_feat"):
        if found[name] is not None:
            seen[name.split("_")[0]] = found[name]
    if found["vq_results"] is not None:
        seen["choices"] = found["vq_results"]["targets"].squeeze(-1)
        seen.update(quantised_in_training(branch, seen["cosines"]))
    if fired := seen.pop("firing", None):
        seen["firing_weights"], seen["counts"] = fired["orig_alpha"], fired["dsample_feats_length"]
    return seen


def kept(seen, name):
    """A hook that keeps an output."""

    def keep(module, arguments, output):
        seen[name] = output

    return keep


def kept_cosines(seen):
    """A hook that keeps the cosines before the quantiser changes them."""

    def keep(module, arguments, keywords):
        seen["cosines"] = keywords["x"].clone()

    return keep


@torch.enable_grad()
def quantised_in_training(branch, cosines):
    """The quantiser's choice while it learns, and the gradient that it hands back."""
    quantizer, table = branch.vector_quantizer.train(), branch.clip.model.token_embedding.weight
    given = cosines.clone().requires_grad_()
    written = quantizer(x=given * 1.0)["subword_prob"] @ table
    (written * torch.from_numpy(drawn_probe(tuple(written.shape)))).sum().backward()
    quantizer.eval()
    return {"training_written": written.detach(), "gradient": given.grad}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
