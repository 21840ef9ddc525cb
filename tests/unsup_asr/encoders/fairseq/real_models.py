"""Tiny models of real fairseq 0.12.2, saved as its trainer saves them, and the features that it computes.

Runs in fairseq's own environment, not in the tests': `python real_models.py FOLDER`.
"""

import sys
from argparse import Namespace
from pathlib import Path

import numpy as np
import torch
from fairseq import checkpoint_utils, options, tasks
from fairseq.dataclass.initialize import hydra_init
from fairseq.dataclass.utils import convert_namespace_to_omegaconf
from fairseq.examples.data2vec.models import data2vec_audio  # noqa: F401, it registers itself
from fairseq.logging import metrics
from fairseq.trainer import Trainer
from hydra.experimental import compose, initialize
from omegaconf import OmegaConf, open_dict

SECONDS = 0.2
SIZES = {
    "encoder_layers": 2,
    "encoder_embed_dim": 16,
    "encoder_ffn_embed_dim": 24,
    "encoder_attention_heads": 4,
    "conv_feature_layers": "[(8, 10, 5)] + [(8, 3, 2)] * 4 + [(8, 2, 2)] * 2",
    "conv_pos": 8,
    "conv_pos_groups": 4,
    "final_dim": 8,
}
LARGE = {"extractor_mode": "layer_norm", "layer_norm_first": True}
CODES = {"quantize_targets": True, "latent_vars": 4, "latent_dim": 8}
MODELS = {
    "hubert_base": ("hubert", {}),
    "hubert_large": ("hubert", {**LARGE, "activation_fn": "gelu_accurate"}),
    "hubert_no_projection": ("hubert", {"encoder_embed_dim": 8}),
    "wav2vec2_base": ("wav2vec2", CODES),
    "wav2vec2_large": ("wav2vec2", {**LARGE, **CODES, "conv_bias": True}),
    "data2vec_audio": (
        "data2vec_audio",
        {"extractor_mode": "layer_norm", "conv_pos": 95, "conv_pos_groups": 16, "pos_conv_depth": 5},
    ),
}
FINE_TUNED = {
    "hubert_ctc": ("hubert_ctc", "hubert_large"),
    "wav2vec2_ctc": ("wav2vec_ctc", "wav2vec2_base"),
    "data2vec_ctc": ("wav2vec_ctc", "data2vec_audio"),
}
COMMON = (
    "common.cpu=true",
    "optimization.lr=[0.001]",
    "optimization.max_update=1",
    "+optimizer=adam",
    "+lr_scheduler=fixed",
)


def main(folder: Path) -> None:
    """Write `KIND.pt` and `KIND.npz` for every kind."""
    folder.mkdir(parents=True, exist_ok=True)
    for label in ("km", "ltr"):
        (folder / f"dict.{label}.txt").write_text("a 2\nb 1\n")
    for kind, (name, sizes) in MODELS.items():
        normalize = "layer_norm" in sizes.values()
        save(pre_training(folder, name, {**SIZES, **sizes}, normalize), folder, kind)
    for kind, (name, encoder) in FINE_TUNED.items():
        save(fine_tuning(folder, name, encoder), folder, kind)
    save_with_args(folder, "wav2vec2_args")


def pre_training(folder, name, sizes, normalize):
    """The configuration of a training from nothing."""
    task = "hubert_pretraining" if name == "hubert" else "audio_pretraining"
    criterion = {"hubert": "hubert", "wav2vec2": "wav2vec", "data2vec_audio": "model"}[name]
    overrides = [f"task.data={folder}", f"task.normalize={normalize}", *labels(name, folder)]
    settings = [f"model.{key}={quoted(value)}" for key, value in sizes.items()]
    return composed([f"+task={task}", f"+model={name}", f"+criterion={criterion}", *overrides, *settings])


def quoted(value):
    """Hydra would read a list of convolutions as a list."""
    return f"'{value}'" if isinstance(value, str) else value


def labels(name, folder):
    """HuBERT's pre-training has targets from a file."""
    if name != "hubert":
        return []
    return ["task.labels=[km]", f"task.label_dir={folder}", "task.label_rate=50", "task.single_target=false"]


def fine_tuning(folder, name, encoder):
    """The configuration of a training with CTC that starts from an encoder."""
    normalize = encoder != "wav2vec2_base"
    overrides = [f"task.data={folder}", "task.labels=ltr", f"task.normalize={normalize}"]
    start = [f"model.w2v_path={folder}/{encoder}.pt", f"model.data={folder}", f"model.normalize={normalize}"]
    return composed(["+task=audio_finetuning", f"+model={name}", "+criterion=ctc", *overrides, *start])


def composed(overrides):
    """One configuration out of fairseq's groups, as its own command makes it."""
    with initialize(config_path=None):
        return compose(config_name="config", overrides=[*COMMON, *overrides])


def save(cfg, folder, kind):
    """Build the model, save it through the trainer, and keep its features."""
    OmegaConf.set_struct(cfg, True)
    task = tasks.setup_task(cfg.task)
    torch.manual_seed(0)
    model = task.build_model(cfg.model)
    stir(model)
    if hasattr(model, "make_ema_teacher"):
        model.set_num_updates(0)  # data2vec's teacher, which its files hold too
    with open_dict(cfg):
        trainer = Trainer(cfg, task, model, task.build_criterion(cfg.criterion))
    with metrics.aggregate("train"):
        metrics.log_scalar("loss", torch.tensor(1.0), weight=np.float64(2))
    trainer.consolidate_optimizer()
    trainer.save_checkpoint(str(folder / f"{kind}.pt"), {"val_loss": np.float64(0.5), "best": 0.5})
    save_features(model, cfg.task.normalize, folder / f"{kind}.npz")


def save_with_args(folder, kind):
    """A file from before there was a `cfg`: the namespace of the command line, and no more."""
    flags = [f"--{key.replace('_', '-')}={value}" for key, value in SIZES.items()]
    parser = options.get_training_parser(default_task="audio_pretraining")
    args: Namespace = options.parse_args_and_arch(
        parser, [str(folder), "--arch=wav2vec2", "--criterion=wav2vec", "--layer-norm-first", *flags]
    )
    cfg = convert_namespace_to_omegaconf(args)
    model = tasks.setup_task(cfg.task).build_model(cfg.model)
    stir(model)
    state = {"args": args, "model": model.state_dict(), "optimizer_history": [], "extra_state": {}}
    checkpoint_utils.torch_persistent_save(state, str(folder / f"{kind}.pt"))
    save_features(model, args.normalize, folder / f"{kind}.npz")


@torch.no_grad()
def stir(model):
    """Weights that all count: fresh ones leave attention so flat that a mistaken query would pass unseen."""
    for parameter in model.parameters():
        if parameter.dim() == 1:
            parameter.add_(0.2 * torch.randn_like(parameter))
        else:
            parameter.normal_(std=1.5 * parameter[0].numel() ** -0.5)


@torch.no_grad()
def save_features(model, normalize, path):
    """The frames of a waveform, normalised as fairseq's own data sets do it; of the first layer, too."""
    encoder = model.w2v_encoder.w2v_model if hasattr(model, "w2v_encoder") else model
    encoder.eval()
    waveform = np.random.RandomState(0).randn(int(SECONDS * 16000)).astype(np.float32) * 0.2
    source = torch.from_numpy(waveform)
    if normalize:
        source = torch.nn.functional.layer_norm(source, source.shape)
    arrays = {"waveform": waveform, "normalize": normalize}
    for name, layer in (("last", None), ("first", 0)):
        arrays[name] = frames(encoder, source[None], layer)[0].numpy()
    np.savez(path, **arrays)


def frames(encoder, source, layer):
    """HuBERT counts its layers from 1 and answers with a pair, the others from 0 and with a dictionary."""
    if type(encoder).__name__ == "HubertModel":
        number = None if layer is None else layer + 1
        return encoder.extract_features(source, mask=False, output_layer=number)[0]
    return encoder.extract_features(source, None, mask=False, layer=layer)["x"]


if __name__ == "__main__":
    hydra_init()
    main(Path(sys.argv[1]))
