"""Reading other people's .pt and .pth files: tensors and plain values only, nothing in them is executed."""

import argparse
import pickle
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from segmenters.errors import SegmentationError

_DTYPES = tuple({type(np.dtype(code)) for code in "?bBhHiIlLqQefdSU"})
_AGAIN = "fetch the file again"

# What published files hold and nobody needs: the symbols of fairseq's labels, the log of pytorch-lightning's run.
_UNNEEDED = (
    "fairseq.data.dictionary.Dictionary",
    "pytorch_lightning.loggers.wandb.WandbLogger",
    "numpy.mean",
)
# SpeechCLIP's configuration, a namespace with plain values.
_NAMESPACE = "avssl.base.ordered_namespace.OrderedNamespace"


class Foreign:
    """Stands for an object or a function that published files hold and nobody here needs."""

    def __setstate__(self, state: object) -> None:
        """Forget it."""


def read_checkpoint(path: str | Path) -> Mapping[str, Any]:
    """The top-level dictionary of a file that `torch.save` wrote.

    Beside tensors and plain values it may hold numpy arrays and numbers, an `argparse.Namespace`, SpeechCLIP's
    `OrderedNamespace`, which becomes one, and three things that become an empty `Foreign`: fairseq's
    `Dictionary`, pytorch-lightning's `WandbLogger` and the function `numpy.mean` in it. Any other is refused.

    Args:
        path: the file; its tensors come on the CPU.

    Raises:
        SegmentationError: the file is missing, truncated, damaged, no dictionary, or asks for another class.
    """
    path = Path(path)
    _verify_checksums(path)
    try:
        with torch.serialization.safe_globals(_allowed()):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise _refused(path, error) from error
    except (
        OSError,
        RuntimeError,
        EOFError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        IndexError,
    ) as error:
        fault = f"is damaged or no torch file: {_first_line(error)}"
        raise SegmentationError(fault, where=path, remedy=_AGAIN) from error
    if not isinstance(content, Mapping):
        fault = f"holds a {type(content).__name__}, expected a dictionary"
        raise SegmentationError(fault, where=path, remedy="give a published checkpoint")
    return content


def read_namespace(path: str | Path) -> argparse.Namespace:
    """The plain pickle of an `argparse.Namespace`, such as VG-HuBERT's `args.pkl`.

    Raises:
        SegmentationError: the file is missing, damaged, holds something else, or asks for another class.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            content = _NamespaceUnpickler(file).load()
    except SegmentationError as error:
        raise SegmentationError(error.what, where=path, remedy=error.remedy) from error
    except Exception as error:  # a damaged pickle can raise nearly anything
        fault = f"is damaged or no pickle: {_first_line(error)}"
        raise SegmentationError(fault, where=path, remedy=_AGAIN) from error
    if not isinstance(content, argparse.Namespace):
        fault = f"holds a {type(content).__name__}, expected an argparse.Namespace"
        raise SegmentationError(fault, where=path, remedy="give the args.pkl of the model")
    return content


class _NamespaceUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> type:
        if (module, name) == ("argparse", "Namespace"):
            return argparse.Namespace
        raise _foreign_class(f"{module}.{name}", None)


def _allowed() -> list[Any]:
    """What may be named in a file: classes, and (class, the name it goes by there)."""
    makers: tuple[Any, ...] = (np.empty(0).__reduce__()[0], np.float64(0).__reduce__()[0])
    modules = ("numpy.core.multiarray", "numpy._core.multiarray")  # before numpy 2, and since
    return [
        argparse.Namespace,
        np.ndarray,
        np.dtype,
        *_DTYPES,
        *((maker, f"{module}.{maker.__name__}") for maker in makers for module in modules),
        (argparse.Namespace, _NAMESPACE),
        *((Foreign, name) for name in _UNNEEDED),
    ]


def _verify_checksums(path: Path) -> None:
    """torch does not look at the zip's checksums, so that a flipped bit would pass as a weight."""
    if not path.is_file():
        raise SegmentationError("no such file", where=path, remedy="check the path")
    if not zipfile.is_zipfile(path):
        return  # torch's format before 1.6, which has none
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
    except (OSError, RuntimeError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
        fault = f"is damaged: {_first_line(error)}"
        raise SegmentationError(fault, where=path, remedy=_AGAIN) from error
    if broken is not None:
        raise SegmentationError(f"is damaged: {broken} fails its checksum", where=path, remedy=_AGAIN)


def _refused(path: Path, error: pickle.UnpicklingError) -> SegmentationError:
    named = re.search(r"GLOBAL ([\w.]+)", str(error))
    if named:
        return _foreign_class(named[1], path)
    fault = f"is damaged or no torch file: {_first_line(error)}"
    return SegmentationError(fault, where=path, remedy=_AGAIN)


def _foreign_class(name: str, path: Path | None) -> SegmentationError:
    fault = f"asks for {name}, which is not loaded since it could run code"
    return SegmentationError(fault, where=path, remedy="save it anew with tensors and plain values only")


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).split("\n")[0]
