"""Expected log-probability of soft sentences: every position drawn on its own from a distribution over entries.

Shapes: B sentences, T positions, V entries. All are natural logarithms with `</s>` included, and differentiable
in the distributions. Each alone is a cross-entropy, best for a text that repeats what is most frequent.
"""

import torch
from torch import Tensor, nn

from lm.errors import LanguageModelError
from lm.tensor_model import EntryLM


def bigram_expectation(model: EntryLM, soft: Tensor, lengths: Tensor, matrix: Tensor | None = None) -> Tensor:
    """Exact expectation of log p under the bigram view of a model.

    Σ_t c_{t-1}ᵀ L q_t + c_Tᵀ L[:, </s>], where c is the distribution of the last entry that is not empty:
    c_t = q_t (not empty) + q_t(empty) c_{t-1}. Gradients reach q as word and as history.

    Args:
        model: of V entries.
        soft: q [B, T, V], rows that sum to one.
        lengths: [B]; what stands beyond a length is not read.
        matrix: what `model.bigram_matrix` returns, where it is at hand.

    Returns:
        [B].
    """
    inside = _inside(model, soft, lengths)
    matrix = (model.bigram_matrix() if matrix is None else matrix).to(soft.dtype)
    filled = soft.masked_fill(model.empty | ~inside[..., None], 0.0)
    skipped = torch.where(inside, soft.masked_fill(~model.empty, 0.0).sum(dim=2), 1.0)
    context = soft.new_zeros(len(soft), model.size + 1)
    context[:, -1] = 1.0
    contexts = []
    for position in range(soft.shape[1]):
        contexts.append(context)
        context = nn.functional.pad(filled[:, position], (0, 1)) + skipped[:, position, None] * context
    expected = (torch.stack(contexts, dim=1) @ matrix[:, :-1] * filled).sum(dim=(1, 2)) if contexts else 0.0
    return expected + context @ matrix[:, -1]


def history_expectation(model: EntryLM, soft: Tensor, lengths: Tensor, history: Tensor) -> Tensor:
    """Expectation of each word's log p after a given history: Σ_t Σ_v q_t(v) log p(v | h_1 … h_{t-1}).

    For a model of any order. If the history is drawn from `soft`, the mean over draws is the exact expectation;
    gradients reach q as word alone, so they leave out what a word does to those after it.

    Args:
        model: of V entries.
        soft: q [B, T, V].
        lengths: [B]; what stands beyond a length is not read.
        history: [B, T] entries, such as `draw_history` returns.

    Returns:
        [B]; `</s>` is scored after the whole history.
    """
    inside = _inside(model, soft, lengths)
    states = model.history_states(nn.functional.pad(history.masked_fill(~inside, 0), (0, 1)))
    some, back = torch.unique(states[:, :-1], return_inverse=True)
    scores = model.advance(some)[0].to(soft.dtype)[back]
    last = states.gather(1, lengths[:, None])[:, 0]
    expected = soft.masked_fill(~inside[..., None], 0.0) * scores
    return expected.sum(dim=(1, 2)) + model.final(last).to(soft.dtype)


def draw_history(soft: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """[B, T] entries, each drawn from its row of `soft` [B, T, V]; a row of zeros, as of padding, gives 0."""
    rows = soft.detach().flatten(0, 1)
    nothing = rows.new_zeros(rows.shape[1])
    nothing[0] = 1.0
    rows = torch.where(rows.sum(dim=1, keepdim=True) > 0, rows, nothing)
    return torch.multinomial(rows, 1, generator=generator).view(soft.shape[:2])


def top_k_expectation(model: EntryLM, soft: Tensor, lengths: Tensor, k: int) -> Tensor:
    """Exact expectation of log p for a model of any order, each position limited to its k likeliest entries.

    Their shares are made to sum to one; with k = V nothing is left out. A forward pass over the distribution of
    the model's states, at most k^(order − 1) a sentence. Gradients reach q as word and as history.

    Args:
        model: of V entries.
        soft: q [B, T, V].
        lengths: [B]; what stands beyond a length is not read.
        k: entries a position, 1 to V.

    Returns:
        [B].
    """
    inside = _inside(model, soft, lengths)
    if not 1 <= k <= model.size:
        raise LanguageModelError(
            f"k is {k}, not 1 to {model.size}", remedy="give no more than there are entries"
        )
    shares, entries = soft.topk(k, dim=2)
    shares = shares / shares.sum(dim=2, keepdim=True)
    rows = torch.arange(len(soft), device=soft.device)
    states, mass = model.start(len(soft)), soft.new_ones(len(soft))
    total = soft.new_zeros(len(soft))
    for position in range(soft.shape[1]):
        going = inside[rows, position]
        ended = rows[~going], states[~going], mass[~going]
        rows, states, mass = rows[going], states[going], mass[going]
        scores, following = model.step(states[:, None], entries[rows, position])
        joint = mass[:, None] * shares[rows, position]
        total = total.index_add(0, rows, (joint * scores).sum(dim=1))
        rows, states, mass = _merged(rows[:, None].expand_as(following), following, joint, len(model.finals))
        rows, states, mass = (torch.cat(pair) for pair in zip(ended, (rows, states, mass), strict=True))
    return total.index_add(0, rows, mass * model.final(states))


def _merged(rows: Tensor, states: Tensor, mass: Tensor, number: int) -> tuple[Tensor, Tensor, Tensor]:
    """Each state of a row once, with the mass of all its occurrences."""
    keys, back = torch.unique(rows * number + states, return_inverse=True)
    merged = mass.new_zeros(len(keys)).index_add(0, back.flatten(), mass.flatten())
    return keys // number, keys % number, merged


def _inside(model: EntryLM, soft: Tensor, lengths: Tensor) -> Tensor:
    """[B, T] true where a sentence goes on, once it is clear that model and distributions fit."""
    if soft.dim() != 3 or soft.shape[2] != model.size:
        raise LanguageModelError(
            f"the distributions have the shape {list(soft.shape)}, the model has {model.size} entries",
            remedy="build the model with the vocabulary that the distributions are over",
        )
    return torch.arange(soft.shape[1], device=soft.device) < lengths[:, None]
