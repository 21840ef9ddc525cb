"""The tokens of a reduced vocabulary: which they are, nothing in a checkpoint says but the rows themselves.

Shapes: V tokens of the reduced vocabulary, N of CLIP's own, W width of CLIP's text tower.
"""

from functools import cache
from hashlib import blake2b
from pathlib import Path

import torch
from torch import Tensor

from unsup_asr.encoders.token_table import PAD, TokenTable
from unsup_asr.errors import InputError
from unsup_asr.models.speech_clip.published.checkpoint import ALL_TOKENS, CLIP, Published, other_architecture

REDUCED = f"{CLIP}token_embedding.weight"

# Rows that the published code never chooses: where pad, SOT and EOT stand when the most frequent comes first.
_NEVER_CHOSEN = (0, 2, 3)
_LISTED = 4


def all_token_embeddings(published: Published) -> Tensor:
    """CLIP's own token table, [N, W].

    Raises:
        InputError: there is none.
    """
    if REDUCED not in published.weights:
        raise other_architecture(f"lacks {REDUCED}", published.path)
    return published.weights.get(ALL_TOKENS, published.weights[REDUCED])


def recover_ids(reduced: Tensor, table: Tensor, path: Path) -> Tensor:
    """The ids [V] of the rows of `reduced` [V, W] in `table` [N, W], to the last bit.

    Raises:
        InputError: rows are in the table nowhere, or more than once; they are named.
    """
    wanted = _digests(reduced)
    places: dict[bytes, list[int]] = {digest: [] for digest in wanted}
    for id, digest in enumerate(_digests(table)):
        if digest in places:
            places[digest].append(id)
    found = [places[digest] for digest in wanted]
    strange = [(row, ids) for row, ids in enumerate(found) if len(ids) != 1]
    if strange:
        told = [f"row {row} is {_among(ids)}" for row, ids in strange[:_LISTED]]
        more = f" and {len(strange) - _LISTED} more" if len(strange) > _LISTED else ""
        fault = f"tokens of {REDUCED} cannot be told: {'; '.join(told)}{more}, in {ALL_TOKENS}"
        raise InputError(fault, where=path, remedy="fetch the file again")
    return torch.tensor([ids[0] for ids in found])


def token_table(published: Published) -> tuple[TokenTable, tuple[str, ...]]:
    """The tokens that keywords are chosen from, in the published order, without pad, SOT and EOT.

    Returns:
        the table, and what of the published choice is not kept, a sentence each.

    Raises:
        InputError: they cannot be told, or CLIP has another vocabulary.
    """
    everything, decoder = all_token_embeddings(published), _decoder()
    if len(everything) != len(decoder):
        fault = f"CLIP has {len(everything)} tokens, expected {len(decoder)}"
        raise other_architecture(fault, published.path)
    ids = recover_ids(published.weights[REDUCED], everything, published.path)
    special = torch.tensor([PAD, len(everything) - 2, len(everything) - 1])
    passed_over = [
        decoder[int(ids[row])] for row in _NEVER_CHOSEN if row < len(ids) and ids[row] not in special
    ]
    kept = ids[~torch.isin(ids, special)]
    pieces = tuple(decoder[id] for id in kept.tolist())
    remarks = (f"{', '.join(passed_over)}, which the published code passes over, may be chosen",)
    return TokenTable(kept, pieces, everything[kept].clone()), remarks if passed_over else ()


@cache
def _decoder() -> dict[int, str]:
    """CLIP's tokens by id."""
    from open_clip.tokenizer import SimpleTokenizer

    pieces: dict[int, str] = SimpleTokenizer().decoder
    return pieces


def _digests(rows: Tensor) -> list[bytes]:
    return [blake2b(row.tobytes(), digest_size=16).digest() for row in rows.contiguous().numpy()]


def _among(ids: list[int]) -> str:
    return f"ids {', '.join(map(str, ids[:_LISTED]))}" if ids else "no id"
