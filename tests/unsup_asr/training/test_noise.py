from dataclasses import replace

import pytest
import torch
from torch import Tensor

from unsup_asr.training.confusions import Confusions
from unsup_asr.training.noise import Noise, NoiseConfig

SIZE = 9
# Of the words 1 … 8, the first two are frequent.
FREQUENT = torch.isin(torch.arange(SIZE), torch.tensor([1, 2]))
QUIET = NoiseConfig(clean=0.0, confuse=0.0, drop=0.0, drop_frequent=0.0, insert=0.0, invert=0.0, shuffle=0.0)
CAPTIONS = torch.tensor([[1, 5, 2, 6, 7], [8, 1, 4, 0, 0], [3, 0, 0, 0, 0]]).repeat(300, 1)


def noisy(seed: int = 0, captions: Tensor = CAPTIONS, **changes: float) -> Tensor:
    noise = Noise(replace(QUIET, **changes), FREQUENT, Confusions.unknown(SIZE))
    return noise(captions, torch.Generator().manual_seed(seed))


def words(rows: Tensor) -> list[list[int]]:
    return [[entry for entry in row if entry] for row in rows.tolist()]


def test_without_any_noise_captions_stay_as_they_are():
    assert torch.equal(noisy(), CAPTIONS)
    everything = {"confuse": 1.0, "drop": 1.0, "insert": 1.0, "invert": 1.0, "shuffle": 9.0}
    assert torch.equal(noisy(clean=1.0, **everything), CAPTIONS)


def test_the_same_generator_gives_the_same_noise():
    settings = {"confuse": 0.2, "drop": 0.2, "insert": 0.2, "invert": 0.5, "shuffle": 2.0}
    assert torch.equal(noisy(3, **settings), noisy(3, **settings))
    assert words(noisy(3, **settings)) != words(noisy(4, **settings))


@pytest.mark.parametrize(("name", "among"), [("drop", slice(3, None)), ("drop_frequent", slice(1, 3))])
def test_words_are_dropped_at_their_rate(name, among):
    left = torch.bincount(noisy(**{name: 0.3}).flatten(), minlength=SIZE)
    before = torch.bincount(CAPTIONS.flatten(), minlength=SIZE)
    assert float(left[among].sum() / before[among].sum()) == pytest.approx(0.7, abs=0.05)
    others = torch.ones(SIZE, dtype=torch.bool)
    others[among], others[0] = False, False
    assert torch.equal(left[others], before[others])


def test_frequent_words_are_put_in_at_their_rate_and_no_others():
    found = noisy(insert=0.25)
    more = torch.bincount(found.flatten(), minlength=SIZE) - torch.bincount(
        CAPTIONS.flatten(), minlength=SIZE
    )
    assert torch.equal(more[3:], torch.zeros(SIZE - 3, dtype=torch.long))
    assert float(more[1:3].sum() / (CAPTIONS > 0).sum()) == pytest.approx(0.25, abs=0.05)


def test_words_are_confused_at_their_rate_in_place():
    found = noisy(confuse=0.4)
    assert torch.equal(found > 0, CAPTIONS > 0)
    changed = (found != CAPTIONS)[CAPTIONS > 0].float().mean()
    # One confusion in eight is the word itself.
    assert float(changed) == pytest.approx(0.4 * 7 / 8, abs=0.05)


def test_the_shuffle_moves_no_word_further_than_it_may():
    captions = torch.arange(1, SIZE).repeat(200, 1)
    found = noisy(captions=captions, shuffle=3.0)
    assert torch.equal(found.sort(dim=1).values, captions)
    moved = (found - captions).abs()
    assert int(moved.max()) <= 3
    assert float((moved > 0).float().mean()) > 0.3


def test_clauses_are_turned_round_from_some_word_on():
    captions = torch.arange(1, SIZE).repeat(200, 1)
    backwards = noisy(captions=captions, invert=1.0, cut=1.0, cut_frequent=1.0)
    for row in words(backwards):
        kept = next((k for k, word in enumerate(row, start=1) if word != k), SIZE) - 1
        assert row == [*range(1, kept + 1), *range(SIZE - 1, kept, -1)]
    whole = noisy(captions=captions, invert=1.0, cut=0.0, cut_frequent=0.0)
    assert torch.equal(whole, captions)
    share = (noisy(captions=captions, invert=0.5, cut=1.0, cut_frequent=1.0) != captions).any(dim=1)
    assert 0.3 < float(share.float().mean()) < 0.55


def test_clauses_end_beside_frequent_words():
    """5 6 | 1 | 7 8: the clauses stay whole."""
    captions = torch.tensor([[5, 6, 1, 7, 8]]).repeat(200, 1)
    found = {tuple(row) for row in words(noisy(captions=captions, invert=1.0, cut=0.0, cut_frequent=1.0))}
    assert (7, 8, 1, 5, 6) in found
    assert all("78" in "".join(map(str, row)) for row in found)
