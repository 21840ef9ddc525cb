"""Segments from boundary probabilities, with gradients to them: soft, or hard with a straight-through gradient.

After the differentiable segmentation of JSTTI (joint speech and text token infilling, Ni et al. 2024): boundaries
are summed up to c_t, and frame t belongs to the segment whose number is near c_t. There the nearness is
1 − tanh(10 |n − c_t|), which adds up to 1 over the segments only for whole c_t, where its gradient vanishes; and
frames before the first boundary are lost. Here it is max(0, 1 − |n − c_t|), which always adds up to 1, segments
are counted from 0, and the hard form has the gradient of flipping a boundary. Shapes as in `assignment`.
"""

import torch
from torch import Tensor

from segmenters.assignment import Assignment, assign, may_begin


def soft_segments(probabilities: Tensor, mask: Tensor) -> Assignment:
    """Shares max(0, 1 − |n − c_t|) with c_t = p_1 + … + p_t: a frame lies in two segments where c_t is between.

    There are as many boundaries as the rounded sum of the probabilities.

    Args:
        probabilities: p [B, T], of a boundary at each frame.
        mask: [B, T], true where a frame stands.
    """
    reached = (probabilities * may_begin(mask)).cumsum(dim=1)
    counts = reached[:, -1].detach().round().long()
    return assign((_numbers(counts) - reached[..., None]).clamp(0, 1), counts, mask)


def hard_segments(probabilities: Tensor, boundaries: Tensor, mask: Tensor) -> Assignment:
    """Whole frames by given boundaries; the gradient reaches the probabilities straight through.

    What the gradient says of a frame's probability is how the shares would change if its boundary were put in or
    taken out, the others as they are and segments beyond the last joined to it.

    Args:
        probabilities: [B, T], of a boundary at each frame.
        boundaries: [B, T], true where there is one.
        mask: [B, T], true where a frame stands.
    """
    allowed = may_begin(mask)
    boundaries = boundaries & allowed
    numbers = boundaries.cumsum(dim=1)[..., None]
    counts = boundaries.sum(dim=1)
    firsts = _numbers(counts)
    # Nothing but their gradient: the sum of changes so far by boundaries put in, and by those taken out.
    change = (probabilities - probabilities.detach()) * allowed
    put_in = (change * ~boundaries).cumsum(dim=1)[..., None]
    taken_out = (change * boundaries).cumsum(dim=1)[..., None]
    hard = (numbers < firsts).to(probabilities.dtype)
    before = hard - (numbers == firsts - 1) * put_in - (numbers == firsts) * taken_out
    return assign(before, counts, mask)


def _numbers(counts: Tensor) -> Tensor:
    """1, 2, … up to the most boundaries of an utterance: the numbers of the segments that they begin."""
    return torch.arange(1, int(counts.max()) + 1, device=counts.device)
