"""DPDP against units that the published code (kamperh/vqwordseg) found."""

import numpy as np

from segmenters.dpdp import code_units

# dp_penalized, duration weight 3, at most 15 frames, equal neighbours joined as its script does.
PUBLISHED = [
    (8, 5), (10, 0), (22, 3), (24, 4), (27, 3), (33, 4), (47, 2), (62, 3),
    (66, 2), (70, 5), (72, 2), (77, 5), (80, 0), (83, 5), (90, 2),
]  # fmt: skip


def sounds() -> tuple[np.ndarray, np.ndarray]:
    """Noisy frames of eight sounds, and a codebook that has nothing to do with them."""
    chance = np.random.default_rng(0)
    values = np.repeat(chance.standard_normal((8, 4)), chance.integers(2, 20, 8), axis=0)
    noisy = (values + 0.7 * chance.standard_normal(values.shape)).round(2)
    return noisy.astype(np.float32), chance.standard_normal((6, 4)).round(2).astype(np.float32)


def test_units_are_the_published_ones():
    values, codebook = sounds()
    units = code_units([values], codebook, 3.0, [15])[0]
    assert list(zip(units.ends.tolist(), units.codes.tolist(), strict=True)) == PUBLISHED


def test_utterances_of_other_lengths_and_hops_do_not_matter():
    values, codebook = sounds()
    alone = code_units([values[:40]], codebook, 3.0, [7])[0]
    beside = code_units([values, values[:40], values[:1]], codebook, 3.0, [15, 7, 2])[1]
    assert alone.ends.tolist() == beside.ends.tolist()
    assert alone.codes.tolist() == beside.codes.tolist()


def test_the_dearer_a_unit_the_fewer_there_are():
    values, codebook = sounds()
    counts = [len(code_units([values], codebook, weight, [90])[0].codes) for weight in (0, 1, 3, 10, 1e6)]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == 1


def test_without_a_weight_every_frame_has_its_nearest_code():
    values, codebook = sounds()
    units = code_units([values], codebook, 0.0, [15])[0]
    nearest = np.square(values[:, None] - codebook).sum(axis=2).argmin(axis=1)
    np.testing.assert_array_equal(np.repeat(units.codes, np.diff(units.ends, prepend=0)), nearest)
