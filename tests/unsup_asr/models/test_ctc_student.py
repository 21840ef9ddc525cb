"""The student hears an utterance the same whatever stands beside it."""

import pytest
import torch
from torch.nn.utils.rnn import pad_sequence

from unsup_asr.models.ctc_student import CtcStudent, CtcStudentConfig

CHANNELS, UNITS = 6, 5
SMALL = CtcStudentConfig(width=8, blocks=2, kernel=3)


def student(hop: float = 0.01) -> CtcStudent:
    torch.manual_seed(0)
    return CtcStudent(SMALL, CHANNELS, hop, UNITS).eval()


def utterances(*lengths: int) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return [3 + 2 * torch.randn(length, CHANNELS, generator=generator) for length in lengths]


@pytest.mark.parametrize("hop", [0.01, 0.02, 0.1])
def test_outputs_are_about_as_far_apart_as_asked_for(hop):
    model = student(hop)
    assert model.hop == pytest.approx(max(0.04, hop))
    log_probs = model(torch.stack(utterances(37)), [37])
    assert log_probs.shape == (1, model.outputs(37), 1 + UNITS)
    assert torch.allclose(log_probs.exp().sum(dim=-1), torch.ones(1))


def test_neighbours_in_a_batch_change_nothing():
    model, heard = student(), utterances(41, 8, 25, 1)
    model.normalise_by(heard)
    lengths = list(map(len, heard))
    garbage = pad_sequence(heard, batch_first=True, padding_value=99.0)
    together = model(garbage, lengths)
    for row, each in enumerate(heard):
        alone = model(each[None], [len(each)])
        assert torch.allclose(together[row, : model.outputs(len(each))], alone[0], atol=1e-5)


def test_channels_are_normalised_by_what_it_learns_from():
    model, heard = student(), utterances(41, 8, 25)
    model.normalise_by(heard)
    frames = torch.cat(heard)
    assert torch.allclose(model.mean, frames.mean(dim=0), atol=1e-5)
    assert torch.allclose(model.deviation, frames.std(dim=0, correction=0), atol=1e-5)
    other = student()
    assert torch.allclose(
        model(heard[0][None], [41]), other(((heard[0] - model.mean) / model.deviation)[None], [41]), atol=1e-4
    )


def test_a_silent_channel_stays_finite():
    model = student()
    model.normalise_by([torch.zeros(4, CHANNELS)])
    assert torch.isfinite(model(torch.zeros(1, 4, CHANNELS), [4])).all()
