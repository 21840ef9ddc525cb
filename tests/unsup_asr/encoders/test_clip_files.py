"""Every way to name a CLIP finds the same weights; what cannot be loaded is told with what to do."""

import io
import pickle
import shutil

import open_clip
import pytest
import torch
from safetensors.torch import save_file

from unsup_asr.encoders.clip import Clip
from unsup_asr.encoders.clip_files import CONFIG_FILE, WEIGHTS_FILE, clip_key, load_open_clip, weights_file
from unsup_asr.errors import InputError


@pytest.fixture
def tiny_architecture(tiny_clip, monkeypatch) -> str:
    """The tiny CLIP under a name in open_clip's list of architectures."""
    import json

    from open_clip import factory

    config = json.loads((tiny_clip / CONFIG_FILE).read_text())["model_cfg"]
    monkeypatch.setitem(factory._MODEL_CONFIGS, "ViT-tiny", config)
    monkeypatch.setitem(factory._MODEL_CONFIGS, "ViT-tiny-quickgelu", {**config, "quick_gelu": True})
    return "ViT-tiny"


@pytest.fixture
def weights(tiny_clip) -> dict[str, torch.Tensor]:
    return load_open_clip(str(tiny_clip))[0].state_dict()


def same(clip: Clip, weights: dict[str, torch.Tensor]) -> bool:
    own = clip.model.state_dict()
    return own.keys() == weights.keys() and all(torch.equal(own[key], weights[key]) for key in own)


@pytest.mark.parametrize("form", ["safetensors", "pt", "bin", "training"])
def test_a_file_of_weights_is_read(tiny_architecture, weights, tmp_path, form):
    path = tmp_path / f"weights.{'pt' if form == 'training' else form}"
    if form == "safetensors":
        save_file(weights, path)
    else:
        wrapped = {"epoch": 3, "state_dict": {f"module.{key}": value for key, value in weights.items()}}
        torch.save(wrapped if form == "training" else weights, path)
    name = f"{tiny_architecture}/{path}"
    assert same(Clip.load(name), weights)
    assert weights_file(name) == path


def test_where_the_weights_lie(tiny_clip):
    assert weights_file(str(tiny_clip)) == tiny_clip / WEIGHTS_FILE
    assert weights_file("ViT-B-32/openai") is None


def test_models_are_told_apart_by_what_is_in_their_files(
    tiny_architecture, tiny_clip, save_tiny_clip, weights, tmp_path
):
    copy = tmp_path / "copy"
    shutil.copytree(tiny_clip, copy)
    assert clip_key(str(copy)) == clip_key(str(tiny_clip))
    (copy / CONFIG_FILE).write_text((copy / CONFIG_FILE).read_text().replace("{}", '{"size": 16}'))
    save_file(weights, tmp_path / "weights.safetensors")
    names = [copy, tiny_clip, save_tiny_clip(width=16), f"ViT-tiny/{tmp_path / 'weights.safetensors'}"]
    names += [f"ViT-tiny-quickgelu/{tmp_path / 'weights.safetensors'}", "ViT-B-32/openai"]
    names += ["ViT-B-32/laion2b_e16", "ViT-B-32/laion2b_s34b_b79k"]
    assert len({clip_key(str(name)) for name in names}) == len(names)


def test_published_weights_bring_their_activation_with_them(
    tiny_architecture, weights, tmp_path, monkeypatch
):
    """OpenAI's tag of an architecture without QuickGELU: with GELU it would be another function."""
    path = tmp_path / "published.safetensors"
    save_file(weights, path)
    published = {"openai": {"file": str(path), "quick_gelu": True}, "other": {"file": str(path)}}
    monkeypatch.setitem(open_clip.pretrained._PRETRAINED, tiny_architecture, published)
    activations = {tag: Clip.load(f"{tiny_architecture}/{tag}").text.transformer for tag in published}
    kinds = {tag: type(text.resblocks[0].mlp.gelu).__name__ for tag, text in activations.items()}
    assert kinds == {"openai": "QuickGELU", "other": "GELU"}
    own = Clip.load(f"{tiny_architecture}-quickgelu/{path}").text.transformer
    assert type(own.resblocks[0].mlp.gelu).__name__ == "QuickGELU"


def test_a_published_model_that_is_out_of_reach_says_what_to_give(monkeypatch):
    def unreachable(*_, **__):
        raise OSError("no network")

    monkeypatch.setattr(open_clip.factory, "download_pretrained", unreachable)
    with pytest.raises(InputError) as caught:
        Clip.load("ViT-B-32/openai")
    told = str(caught.value)
    assert "ViT-B-32/openai: cannot be fetched" in told and "no network" in told
    assert "clip=ViT-B-32-quickgelu/path/to/file.safetensors" in told
    assert CONFIG_FILE in told and WEIGHTS_FILE in told


def test_weights_of_another_architecture_name_their_first_mismatched_keys(
    tiny_architecture, weights, tmp_path
):
    path = tmp_path / "other.safetensors"
    save_file({**weights, "text_projection": torch.zeros(3, 3)}, path)
    with pytest.raises(
        InputError, match=rf"{path}: .*another architecture: text_projection is \(3, 3\), not \(32, 16\)"
    ):
        Clip.load(f"{tiny_architecture}/{path}")
    save_file({key: value for key, value in weights.items() if "visual" not in key}, path)
    with pytest.raises(InputError, match=r"another architecture: visual\S+ is missing") as caught:
        Clip.load(f"{tiny_architecture}/{path}")
    assert len(str(caught.value)) < 800


def test_a_folder_whose_files_do_not_fit_is_refused(tiny_clip, save_tiny_clip, tmp_path):
    shutil.copy(tiny_clip / CONFIG_FILE, tmp_path)
    shutil.copy(save_tiny_clip(width=16) / WEIGHTS_FILE, tmp_path)
    with pytest.raises(InputError, match=r"positional_embedding is \(20, 16\), not \(20, 32\)"):
        Clip.load(str(tmp_path))


class Malicious:
    def __reduce__(self):
        return (print, ("executed",))


def test_a_pickle_with_foreign_classes_is_refused(tiny_architecture, weights, tmp_path, capsys):
    path = tmp_path / "bad.pt"
    torch.save({"state_dict": weights, "more": Malicious()}, path)
    with pytest.raises(InputError, match="more than tensors and plain values"):
        Clip.load(f"{tiny_architecture}/{path}")
    path.write_bytes(pickle.dumps(Malicious(), protocol=2))
    with pytest.raises(InputError, match="more than tensors and plain values"):
        Clip.load(f"{tiny_architecture}/{path}")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["cut.pt", "cut.safetensors"])
def test_a_truncated_file_is_refused(tiny_architecture, weights, tmp_path, name):
    file = io.BytesIO()
    torch.save(weights, file)
    (tmp_path / name).write_bytes(file.getvalue()[:1000])
    with pytest.raises(InputError, match=name):
        Clip.load(f"{tiny_architecture}/{tmp_path / name}")


def test_an_unknown_architecture_of_a_file_is_refused(tmp_path, weights):
    save_file(weights, tmp_path / "weights.safetensors")
    with pytest.raises(InputError, match="no architecture 'ViT-tiny'"):
        Clip.load(f"ViT-tiny/{tmp_path / 'weights.safetensors'}")


@pytest.mark.parametrize("name", [CONFIG_FILE, WEIGHTS_FILE])
def test_a_folder_that_lacks_a_file_is_refused_with_its_name(tmp_path, name):
    for file in {CONFIG_FILE, WEIGHTS_FILE} - {name}:
        (tmp_path / file).write_text("{}")
    with pytest.raises(InputError, match=f"{name} is missing"):
        Clip.load(str(tmp_path))


@pytest.mark.parametrize("name", ["no/such/folder", "ViT-B-32", "ViT-B-32/nobody", "RN50x5/openai"])
def test_an_unknown_name_is_refused_without_a_download(name):
    with pytest.raises(InputError, match=name):
        Clip.load(name)
