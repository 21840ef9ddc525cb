"""Other people's checkpoints are read without running anything that they carry."""

import argparse
import os
import pickle
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from segmenters.checkpoints import Foreign, read_checkpoint, read_namespace
from segmenters.errors import SegmentationError


class Harm:
    """Pickles into a call that creates a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


@pytest.fixture(params=[True, False], ids=["zip", "before torch 1.6"])
def saved(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Saves an object in one of torch's two formats."""

    def save(content: Any) -> Path:
        torch.save(content, tmp_path / "model.pt", _use_new_zipfile_serialization=request.param)
        return tmp_path / "model.pt"

    return save


def test_tensors_arrays_numbers_and_namespaces_come_back(saved: Any) -> None:
    content = {
        "model": {"w": torch.arange(6.0).reshape(2, 3)},
        "indices": np.arange(5),
        "best": np.float64(0.25),
        "args": argparse.Namespace(heads=3, lr=[5e-5]),
    }
    read = read_checkpoint(saved(content))
    assert torch.equal(read["model"]["w"], content["model"]["w"])
    assert np.array_equal(read["indices"], content["indices"])
    assert (read["best"], read["args"]) == (0.25, content["args"])


def test_arrays_of_numpy_1_are_read(tmp_path: Path) -> None:
    torch.save({"indices": np.arange(3)}, tmp_path / "a.pt", _use_new_zipfile_serialization=False)
    old = (tmp_path / "a.pt").read_bytes().replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    (tmp_path / "a.pt").write_bytes(old)
    assert read_checkpoint(tmp_path / "a.pt")["indices"].tolist() == [0, 1, 2]


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a class that pickles by a published name."""

    def make(name: str, **attributes: Any) -> Any:
        module, _, short = name.rpartition(".")
        parts = module.split(".")
        for depth in range(1, len(parts) + 1):
            package = ".".join(parts[:depth])
            monkeypatch.setitem(sys.modules, package, types.ModuleType(package))
        made = type(short, (), {"__module__": module, **attributes})
        setattr(sys.modules[module], short, made)
        return made

    return make


@pytest.mark.parametrize(
    "name", ["fairseq.data.dictionary.Dictionary", "pytorch_lightning.loggers.wandb.WandbLogger"]
)
def test_what_nobody_needs_becomes_an_empty_stub(name: str, saved: Any, published: Any) -> None:
    unneeded = published(name)()
    unneeded.symbols, unneeded.reduce = ["a"], np.mean
    (stub,) = read_checkpoint(saved({"task_state": {"unneeded": [unneeded]}}))["task_state"]["unneeded"]
    assert isinstance(stub, Foreign) and not vars(stub)


def test_the_namespace_of_speechclip_becomes_a_plain_one(saved: Any, published: Any) -> None:
    namespace = published("avssl.base.ordered_namespace.OrderedNamespace")
    outer, inner = namespace(), namespace()
    inner.heads, inner.rates = 8, [1e-4, None]
    outer.model, outer.name = inner, "c"
    read = read_checkpoint(saved({"hyper_parameters": {"config": outer}}))["hyper_parameters"]["config"]
    model = argparse.Namespace(heads=8, rates=[1e-4, None])
    assert read == argparse.Namespace(model=model, name="c") and type(read.model) is argparse.Namespace


def test_a_published_namespace_that_carries_code_is_refused(
    saved: Any, published: Any, tmp_path: Path
) -> None:
    """By whatever way the code would be called."""
    name = "avssl.base.ordered_namespace.OrderedNamespace"
    holding = published(name)()
    holding.logger = Harm(tmp_path / "harm")
    path = saved({"config": holding})
    with pytest.raises(SegmentationError, match=rf"asks for {os.mkdir.__module__}\.mkdir"):
        read_checkpoint(path)
    acting = published(name, __reduce__=lambda self: (os.mkdir, (str(tmp_path / "harm"),)))()
    path = saved({"config": acting})
    with pytest.raises(SegmentationError, match=rf"asks for {os.mkdir.__module__}\.mkdir"):
        read_checkpoint(path)
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize(
    "name", ["avssl.base.ordered_namespace.Other", "pytorch_lightning.loggers.csv_logs.CSVLogger"]
)
def test_other_classes_of_known_packages_are_refused_by_name(name: str, saved: Any, published: Any) -> None:
    path = saved({"config": published(name)()})
    with pytest.raises(SegmentationError, match=f"asks for {name}"):
        read_checkpoint(path)


def test_a_class_that_could_run_code_is_refused_by_name_and_does_not_run(saved: Any, tmp_path: Path) -> None:
    path = saved({"model": Harm(tmp_path / "harm")})
    with pytest.raises(SegmentationError, match=rf"asks for {os.mkdir.__module__}\.mkdir") as refusal:
        read_checkpoint(path)
    assert refusal.value.where == path and refusal.value.remedy
    assert not (tmp_path / "harm").exists()


def test_an_unknown_class_is_refused_by_name(saved: Any) -> None:
    with pytest.raises(SegmentationError, match=r"asks for pathlib\.PurePosixPath"):
        read_checkpoint(saved({"model": pathlib_path()}))


def pathlib_path() -> Any:
    from pathlib import PurePosixPath

    return PurePosixPath("a")


def test_truncated_files_are_refused(saved: Any) -> None:
    path = saved({"model": torch.ones(1000)})
    whole = path.read_bytes()
    for length in (0, 1, 40, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(SegmentationError, match=r"damaged") as refusal:
            read_checkpoint(path)
        assert refusal.value.where == path and refusal.value.remedy == "fetch the file again"


def test_a_flipped_bit_of_a_weight_is_found(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save({"model": torch.full((1000,), 3.0)}, path)
    damaged = bytearray(path.read_bytes())
    damaged[damaged.index(np.float32(3.0).tobytes() * 10) + 2] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(SegmentationError, match=r"fails its checksum"):
        read_checkpoint(path)


def test_missing_files_and_other_contents_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SegmentationError, match="no such file"):
        read_checkpoint(tmp_path / "none.pt")
    torch.save([1], tmp_path / "list.pt")
    with pytest.raises(SegmentationError, match="holds a list, expected a dictionary"):
        read_checkpoint(tmp_path / "list.pt")


def test_namespaces(tmp_path: Path) -> None:
    path, given = tmp_path / "args.pkl", argparse.Namespace(heads=12, name="a", rate=None)
    path.write_bytes(pickle.dumps(given))
    assert read_namespace(path) == given


@pytest.mark.parametrize("content", [b"", b"\x80\x04", b"not a pickle", pickle.dumps({"a": 1})])
def test_what_is_no_namespace_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "args.pkl").write_bytes(content)
    with pytest.raises(SegmentationError, match=r"no pickle|expected an argparse\.Namespace") as refusal:
        read_namespace(tmp_path / "args.pkl")
    assert refusal.value.where == tmp_path / "args.pkl"


def test_a_namespace_that_carries_code_is_refused_and_does_not_run(tmp_path: Path) -> None:
    path = tmp_path / "args.pkl"
    path.write_bytes(pickle.dumps(argparse.Namespace(heads=Harm(tmp_path / "harm"))))
    with pytest.raises(SegmentationError, match=rf"asks for {os.mkdir.__module__}\.mkdir"):
        read_namespace(path)
    assert not (tmp_path / "harm").exists()
