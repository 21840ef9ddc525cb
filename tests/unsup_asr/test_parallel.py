"""Two processes under torchrun learn what one learns: losses, gradients, statistics."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.unsup_asr.training import together
from unsup_asr import parallel
from unsup_asr.models.shared_norm import SharedBatchNorm

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests" / "unsup_asr" / "training" / "together.py"
# What each process logs of its own share, or draws.
OWN = ("code_perplexity", "token_entropy", "top_token_share", "loss/quantity", "loss/gradient_penalty")


@pytest.fixture
def double_precision() -> Iterator[None]:
    """The script asks for it, and would leave it behind."""
    before = torch.get_default_dtype()
    yield
    torch.set_default_dtype(before)


def test_two_processes_learn_what_one_does(tiny_clip, tmp_path, monkeypatch, double_precision):
    files = tmp_path / "one.pt", tmp_path / "two.pt"
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), str(tiny_clip), str(files[0])])
    together.main()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    command = [*launcher, str(SCRIPT), str(tiny_clip), str(files[1])]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    one, two = (torch.load(file, weights_only=True) for file in files)
    assert one.keys() == two.keys() and len(one) > 90
    compared = [key for key in one if not key.endswith(OWN)]
    differing = {
        key: float((one[key].double() - two[key].double()).abs().max())
        for key in compared
        if not torch.allclose(one[key], two[key], atol=1e-5, rtol=0)
    }
    assert not differing


def test_alone_nothing_is_shared():
    rows = torch.randn(3, 2)
    assert parallel.gathered(rows) is rows and parallel.summed(rows) is rows
    assert parallel.own_share(rows) is rows and parallel.gathered_padded(rows) is rows
    assert parallel.size() == 1 and parallel.is_first()
    with parallel.joined("cpu") as device, parallel.alone():
        parallel.wait()
        assert device == "cpu"


@pytest.mark.parametrize("training", [True, False])
def test_a_shared_norm_is_torchs_in_one_process(training):
    torch.manual_seed(0)
    ours, theirs = SharedBatchNorm(4).train(training), torch.nn.BatchNorm1d(4).train(training)
    rows = torch.randn(7, 4)
    assert torch.equal(ours(rows), theirs(rows))
    assert ours.state_dict().keys() == theirs.state_dict().keys()
