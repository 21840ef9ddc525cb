"""Weights that are the same wherever they are drawn: of the published models there, of their checkpoints here."""

import math
import zlib

import numpy as np
import numpy.typing as npt

TABLE, REDUCED = "clip.original_text_emb_weight", "clip.model.token_embedding.weight"

_INSIDE = "cascaded_branch.clip."  # CLIP once more, the same weights
_KEPT = ("temperature", "curr_temp", "logit_scale", "eye_mat", "neg_eye_mat", "eye_mat_fl")
_NORMS = ("norm", "ln_", "bn_layer", "attentionBlock_Norm", "feature_extractor.conv_layers")


def drawn_waveforms() -> npt.NDArray[np.float32]:
    """Two of one length, [2, n] at 16 kHz, so that nothing is padded."""
    values = np.random.RandomState(1).standard_normal((2, 9600)) * 0.2
    return np.asarray(values, dtype=np.float32)


def drawn_pictures() -> npt.NDArray[np.float32]:
    """Two, ready for CLIP's image tower: [2, 3, 32, 32]."""
    return np.asarray(np.random.RandomState(3).standard_normal((2, 3, 32, 32)), dtype=np.float32)


def drawn_probe(shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """What a gradient is taken along."""
    return np.asarray(np.random.RandomState(2).standard_normal(shape), dtype=np.float32)


def is_drawn(name: str) -> bool:
    """Temperatures and masks are as the published code makes them."""
    return name.rpartition(".")[2] not in _KEPT


def drawn(name: str, shape: tuple[int, ...], ids: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """A weight by its published name, so large that each one counts.

    Args:
        name: published.
        shape: of the weight.
        ids: the rows of the reduced token table.
    """
    name = name.replace(_INSIDE, "clip.")
    if name == REDUCED:
        return drawn(TABLE, (49408, shape[1]), ids)[ids]
    last = name.rpartition(".")[2]
    if last == "num_batches_tracked":
        return np.full(shape, 10, dtype=np.float32)
    values = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(shape)
    if last in ("weight_g", "running_var"):
        values = np.abs(values) + 0.5
    elif len(shape) == 1:
        is_scale = last == "weight" and any(norm in name for norm in _NORMS)
        values = 0.2 * values + is_scale
    elif "embedding" not in name and not name.endswith("cls"):
        values = values * 1.5 / math.sqrt(np.prod(shape[1:]))
    return np.asarray(values, dtype=np.float32)
