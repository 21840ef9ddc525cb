"""The search finds what an enumeration of all alignments finds."""

import itertools
import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from lm.kneser_ney import estimate
from lm.tensor_model import EntryLM
from unsup_asr.decoding.ctc_beam import NOTHING, CtcBeamConfig, ctc_beam_search, without_certain_blanks
from unsup_asr.models.ctc_student import BLANK

TOKENS = ["a", "b", "c"]
TEXT = [["a", "b"], ["a", "a", "b"], ["c", "b"], ["b", "a"], ["c", "c", "a"]]
WIDE = CtcBeamConfig(beam=400, units=3, lm_weight=0.0, unit_bonus=0.0, blank_price=0.0, certain=1.0)
TIMES = 5


@pytest.fixture(scope="module")
def lm() -> EntryLM:
    return EntryLM.from_arpa(estimate(TEXT, 3), TOKENS)


def drawn(batch: int, times: int = TIMES, seed: int = 0, sharpness: float = 2.0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    logits = sharpness * torch.randn(batch, times, 1 + len(TOKENS), generator=generator)
    return logits.log_softmax(dim=-1)


def read(alignment: tuple[int, ...]) -> tuple[int, ...]:
    """What an alignment of columns reads as: repetitions are one, blanks nothing."""
    return tuple(column - 1 for column, _ in itertools.groupby(alignment) if column)


def enumerated(log_probs: Tensor, lm: EntryLM, config: CtcBeamConfig) -> dict[tuple[int, ...], float]:
    """The score of every text, by all its alignments."""
    columns = range(log_probs.shape[1])
    probability: dict[tuple[int, ...], float] = {}
    for alignment in itertools.product(columns, repeat=len(log_probs)):
        paid = config.blank_price * alignment.count(BLANK)
        said = math.exp(sum(float(log_probs[t, column]) for t, column in enumerate(alignment)) - paid)
        text = read(alignment)
        probability[text] = probability.get(text, 0.0) + said
    return {
        text: math.log(p) + config.lm_weight * score(lm, text) + config.unit_bonus * len(text)
        for text, p in probability.items()
    }


def score(lm: EntryLM, text: tuple[int, ...]) -> float:
    ids = torch.tensor([text], dtype=torch.long).reshape(1, -1)
    return float(lm.score(ids, torch.tensor([len(text)])))


def found(prefixes, row: int) -> list[tuple[tuple[int, ...], float]]:
    pairs = zip(prefixes.units[row].tolist(), prefixes.scores[row].tolist(), strict=True)
    return [(tuple(u for u in units if u != NOTHING), s) for units, s in pairs if s > -math.inf]


@pytest.mark.parametrize(("weight", "bonus", "price"), [(0.0, 0.0, 0.0), (0.7, 0.0, 1.5), (1.3, 0.4, 0.0)])
def test_a_wide_beam_finds_every_text_with_the_score_of_all_its_alignments(lm, weight, bonus, price):
    config = replace(WIDE, lm_weight=weight, unit_bonus=bonus, blank_price=price)
    log_probs = drawn(3)
    prefixes = ctc_beam_search(log_probs, torch.full((3,), TIMES), lm, config)
    for row in range(3):
        expected = enumerated(log_probs[row], lm, config)
        got = dict(found(prefixes, row))
        assert len(got) == len(found(prefixes, row)), "a prefix stands in the beam twice"
        assert got == pytest.approx(expected, abs=1e-3)
        assert found(prefixes, row)[0][0] == max(expected, key=expected.__getitem__)


def test_a_narrow_beam_finds_the_best_of_clear_speech(lm):
    config = replace(WIDE, beam=6, units=2, lm_weight=0.5, unit_bonus=0.2, blank_price=0.1)
    log_probs = drawn(20, sharpness=6.0, seed=1)
    prefixes = ctc_beam_search(log_probs, torch.full((20,), TIMES), lm, config)
    best = [enumerated(each, lm, config) for each in log_probs]
    assert [found(prefixes, row)[0][0] for row in range(20)] == [max(e, key=e.__getitem__) for e in best]


def test_padding_and_neighbours_change_nothing(lm):
    config = replace(WIDE, beam=8, lm_weight=0.5, unit_bonus=0.5, blank_price=2.0)
    log_probs, lengths = drawn(4, times=9), torch.tensor([9, 0, 5, 1])
    together = ctc_beam_search(log_probs, lengths, lm, config)
    for row, length in enumerate(lengths.tolist()):
        alone = ctc_beam_search(log_probs[row : row + 1, :length], lengths[row : row + 1], lm, config)
        one, other = found(alone, 0), found(together, row)
        assert [text for text, _ in one] == [text for text, _ in other]
        assert [s for _, s in one] == pytest.approx([s for _, s in other], abs=1e-5)
    assert found(together, 1)[0][0] == ()


def test_a_unit_on_both_sides_of_certain_blanks_stays_two(lm):
    columns = torch.tensor([[0, 0, 1, 1, 0, 0, 0, 1, 0]])
    log_probs = torch.full((1, 9, 4), 1e-6).scatter(2, columns[..., None], 1 - 3e-6).log()
    left, lengths = without_certain_blanks(log_probs, torch.tensor([9]), 0.99)
    assert left.argmax(dim=-1).tolist() == [[0, 1, 1, 0, 1, 0]] and lengths.tolist() == [6]
    config = replace(WIDE, beam=4, certain=0.99)
    (units, _), *_ = found(ctc_beam_search(log_probs, torch.tensor([9]), lm, config), 0)
    assert units == (0, 0)


def test_certain_blanks_change_next_to_nothing(lm):
    log_probs = drawn(8, times=20, sharpness=3.0)
    log_probs[:, 3:9] = torch.tensor([0.9999, 5e-5, 3e-5, 2e-5]).log()
    lengths = torch.full((8,), 20)
    config = replace(WIDE, beam=8, lm_weight=0.3)
    whole = ctc_beam_search(log_probs, lengths, lm, config)
    short = ctc_beam_search(log_probs, lengths, lm, replace(config, certain=0.999))
    assert [found(whole, k)[0][0] for k in range(8)] == [found(short, k)[0][0] for k in range(8)]
    assert torch.allclose(whole.scores[:, 0], short.scores[:, 0], atol=0.02)


def test_speech_without_outputs_reads_as_nothing(lm):
    prefixes = ctc_beam_search(torch.zeros(2, 0, 4), torch.zeros(2, dtype=torch.long), lm, WIDE)
    assert [found(prefixes, row)[0][0] for row in range(2)] == [(), ()]
