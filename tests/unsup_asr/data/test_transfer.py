import pytest
import torch

from unsup_asr.data.transfer import moved


def test_on_the_cpu_nothing_is_copied():
    values = torch.arange(3)
    assert moved(values, "cpu") is values


def test_another_device_is_where_values_go():
    assert moved(torch.arange(3), "meta").device.type == "meta"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="wants a GPU")
def test_a_gpu_gets_the_same_values():
    values = torch.arange(1000)
    there = moved(values, "cuda")
    assert there.device.type == "cuda" and torch.equal(there.cpu(), values)
