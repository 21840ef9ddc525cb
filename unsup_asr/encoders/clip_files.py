"""Finding and reading open_clip models: by name, from a folder, or from a file of weights.

| name | is |
|---|---|
| `ViT-B-32/openai` | a published model: an architecture and a tag of open_clip's list |
| `path/to/folder` | `open_clip_config.json` and `open_clip_model.safetensors` (open_clip's `local-dir:` form) |
| `ViT-B-32/path/to/file` | an architecture and weights of one's own, `.safetensors`, `.pt` or `.bin` |

OpenAI's weights were trained with QuickGELU. Their tags bring it with them; for a file of them, the
architecture has to say so: `ViT-B-32-quickgelu/path/to/file`.
"""

import hashlib
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from unsup_asr.errors import InputError

CONFIG_FILE, WEIGHTS_FILE = "open_clip_config.json", "open_clip_model.safetensors"

_FORMS = (
    "give a folder in open_clip's local-dir form, a name such as ViT-B-32/openai, "
    "or an architecture and a file of weights, ViT-B-32/path/to/file.safetensors"
)
# Mismatched keys that are told, and letters of what open_clip says.
_FAULTS, _LETTERS = 3, 300


@dataclass(frozen=True)
class _Source:
    """What open_clip is asked for; `file` are the weights, None where they come from the hub."""

    location: str
    pretrained: str | None
    quick_gelu: bool
    file: Path | None


def weights_file(name: str) -> Path | None:
    """The file that holds the weights of a model, None for one of open_clip's own list.

    Raises:
        InputError: no such folder, file or model, or the folder lacks one of its two files.
    """
    return _source(name).file


def clip_key(name: str) -> str:
    """Tells a model from every other: a hash of its files and of how they are read, or of a published name.

    Raises:
        InputError: as `weights_file`.
    """
    source, folder = _source(name), Path(name)
    config = (folder / CONFIG_FILE).read_text(encoding="utf-8") if folder.is_dir() else source.location
    digest = hashlib.sha256((name if source.file is None else config).encode())
    if source.file is not None:
        with source.file.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


def load_open_clip(name: str) -> tuple[Any, Any, Any]:
    """The model, its transform of pictures for evaluation, and its tokenizer; nothing in a file is executed.

    Raises:
        InputError: no such folder, file or model; a published one is neither here nor can be fetched; or the
            weights are damaged, or those of another architecture (their first mismatched keys are named).
    """
    import open_clip

    source = _source(name)
    try:
        model, _, preprocess = open_clip.create_model_and_transforms(
            source.location,
            pretrained=source.pretrained,
            force_quick_gelu=source.quick_gelu,
            weights_only=True,
        )
    except (
        OSError,
        EOFError,
        RuntimeError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        AssertionError,
        SafetensorError,
        pickle.UnpicklingError,
    ) as error:
        raise _cannot_load(name, source, error) from error
    return model, preprocess, open_clip.get_tokenizer(source.location)


def _source(name: str) -> _Source:
    from open_clip.pretrained import get_pretrained_cfg, list_pretrained

    folder = Path(name)
    if folder.is_dir():
        _check_folder(folder)
        return _Source(f"local-dir:{folder.resolve()}", None, False, folder / WEIGHTS_FILE)
    architecture, _, rest = name.partition("/")
    if rest and Path(rest).is_file():
        _check_architecture(architecture, name)
        return _Source(architecture, rest, False, Path(rest))
    if (architecture, rest) not in list_pretrained():
        raise InputError(f"no CLIP of that name: {name!r}", where="clip", remedy=_FORMS)
    return _Source(architecture, rest, get_pretrained_cfg(architecture, rest).get("quick_gelu", False), None)


def _check_folder(folder: Path) -> None:
    for name in (CONFIG_FILE, WEIGHTS_FILE):
        if not (folder / name).is_file():
            raise InputError(
                f"{name} is missing", where=folder, remedy="give a folder in open_clip's local-dir form"
            )


def _check_architecture(architecture: str, name: str) -> None:
    from open_clip import list_models

    if architecture not in list_models():
        fault = f"open_clip has no architecture {architecture!r} in {name!r}"
        raise InputError(fault, where="clip", remedy="take one of open_clip.list_models(), such as ViT-B-32")


def _cannot_load(name: str, source: _Source, error: Exception) -> InputError:
    if source.file is None:
        fault = f"cannot be fetched: {_brief(str(error))}"
        remedy = (
            f"fetch its weights where there is a network and say clip={source.location}"
            f"{'-quickgelu' if _needs_suffix(source) else ''}/path/to/file.safetensors, "
            f"or put {CONFIG_FILE} and {WEIGHTS_FILE} into a folder and give that"
        )
        return InputError(fault, where=name, remedy=remedy)
    if isinstance(error, pickle.UnpicklingError):
        fault = f"holds more than tensors and plain values, or is damaged: {_brief(str(error))}"
        return InputError(fault, where=source.file, remedy="save its state dict alone, as .safetensors")
    if isinstance(error, AssertionError) or str(error).startswith("Error(s) in loading state_dict"):
        fault = f"holds the weights of another architecture: {_mismatches(source)}"
        return InputError(fault, where=source.file, remedy="name the architecture that they are of")
    fault = f"is damaged, or holds no weights of a CLIP: {_brief(str(error))}"
    return InputError(fault, where=source.file, remedy="fetch it again")


def _needs_suffix(source: _Source) -> bool:
    return source.quick_gelu and not source.location.endswith("-quickgelu")


def _mismatches(source: _Source) -> str:
    """The first keys that the architecture has otherwise."""
    from open_clip.factory import create_model, load_state_dict

    found = {key: tuple(value.shape) for key, value in load_state_dict(str(source.file)).items()}
    wanted = create_model(source.location, load_weights=False).state_dict()
    sizes = {key: tuple(value.shape) for key, value in wanted.items()}
    missing = [f"{key} is missing" for key in sizes if key not in found]
    other = [
        f"{key} is {found[key]}, not {size}" for key, size in sizes.items() if found.get(key, size) != size
    ]
    unknown = [f"{key} is unknown" for key in found if key not in sizes]
    return "; ".join([*other, *missing, *unknown][:_FAULTS])


def _brief(text: str) -> str:
    """The text on one line, cut."""
    line = " ".join(text.split())
    return f"{line[:_LETTERS]}…" if len(line) > _LETTERS else line
