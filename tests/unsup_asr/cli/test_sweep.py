"""Sweeps: which runs they come to, and that all are carried out, here or as jobs."""

import json
import os
import sys
from pathlib import Path

import pytest

from unsup_asr.cli.main import main
from unsup_asr.cli.slurm import SlurmConfig, slurm_config, submit
from unsup_asr.cli.sweep_runs import SweepRun, sweep_runs
from unsup_asr.data.audio import write_audio
from unsup_asr.data.manifest import Utterance, Word, write_manifest
from unsup_asr.errors import UsageError


@pytest.fixture
def transfer(tmp_path, say_tones, tone_run, monkeypatch) -> list[str]:
    """What a sweep over transfers has in common: speech, and the recipe's words for it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parents[3]), *_pythonpath()]))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    text = "red big dog"
    samples, segmentation = say_tones(text.split())
    write_audio(tmp_path / "0.wav", samples, 16000)
    spans = zip(text.split(), segmentation.spans, strict=True)
    words = tuple(Word(word, span.start, span.end) for word, span in spans)
    utterance = Utterance("u0", tmp_path / "0.wav", segmentation.duration, "en", text=text, words=words)
    write_manifest(tmp_path / "test.jsonl", [utterance])
    return ["librispeech_transfer", "data.test=test.jsonl", "segmenter=gold"]


def _pythonpath() -> list[str]:
    return [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]


def test_every_combination_is_a_run_with_a_folder_of_its_own():
    runs = sweep_runs("mini_en", ["seed=range(0,2)", "cascade.temperature=0.05,0.1", "data.snr=[1,2]"])
    assert [run.overrides for run in runs] == [
        (f"seed={seed}", f"cascade.temperature={temperature}", "data.snr=[1,2]")
        for seed in (0, 1)
        for temperature in (0.05, 0.1)
    ]
    assert len({run.folder for run in runs}) == 4
    assert str(runs[0].folder) == "runs/mini_en@cascade.temperature=0.05,data.snr=1,2,seed=0"
    assert runs[2].told_apart(runs) == ["seed=1", "cascade.temperature=0.05"] and not runs[0].told_apart(
        runs[:1]
    )


def test_values_that_only_look_like_a_sweep_stay_whole():
    (run,) = sweep_runs("generic", ["clip=a b (c)", "run_dir=here"])
    assert run.overrides == ("clip=a b (c)", "run_dir=here") and run.folder == Path("here")


def test_a_run_in_several_processes_is_torchruns():
    one, four = SweepRun("digits", ("seed=1",)).command(), SweepRun("digits", ("seed=1",)).command(4)
    assert one[1:] == ["-m", "unsup_asr.cli.main", "run", "digits", "seed=1"]
    assert four[1:5] == ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node=4"]
    assert four[5:] == one[1:]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["seed=0,many"], "seed: Value 'many'"),
        (["sed=0,1"], "no key 'sed'"),
        (["seed"], "'seed' is not key=value"),
        (["seed=0,1", "run_dir=here"], "2 runs would go into one folder"),
    ],
)
def test_nothing_is_run_where_one_run_cannot_be(words, message):
    with pytest.raises(UsageError, match=message):
        sweep_runs("mini_en", words)


def test_one_after_the_other_and_one_that_fails_does_not_stop_the_others(transfer, tone_run, capfd):
    assert main(["sweep", *transfer, f"model=nowhere,{tone_run}"]) == 3
    out, err = capfd.readouterr()
    assert "there is no model" in err and "set aside: runs" in err and "ended with status 1" in err
    assert "run 1 of 2: model=nowhere runs/" in err and f"run 2 of 2: model={tone_run} runs/" in err
    (result,) = Path("runs").glob("*/results.json")
    assert json.loads(result.read_text())["wer"] == 0 and str(result) in out


def test_slurm_takes_what_submitit_does():
    config = slurm_config(["slurm_partition=gpu", "gpus_per_node=4"])
    assert (config.slurm_partition, config.gpus_per_node) == ("gpu", 4)
    assert slurm_config([]) == SlurmConfig()
    with pytest.raises(UsageError, match=r"--slurm: .*'partition'.*slurm_partition"):
        slurm_config(["partition=gpu"])
    with pytest.raises(UsageError, match=r"--slurm: .*'long'"):
        slurm_config(["timeout_min=long"])


def test_jobs_do_what_runs_do(transfer, tone_run):
    pytest.importorskip("submitit", reason="submitit, the extra slurm, is not installed")
    runs = sweep_runs(transfer[0], [*transfer[1:], f"model={tone_run}"])
    (job,) = submit(runs, SlurmConfig(cluster="local", gpus_per_node=0, timeout_min=5))
    job.result()
    assert json.loads((runs[0].folder / "results.json").read_text())["wer"] == 0


def test_without_slurm_it_says_so(transfer, tone_run, capsys):
    pytest.importorskip("submitit", reason="submitit, the extra slurm, is not installed")
    assert main(["sweep", *transfer, f"model={tone_run}", "--slurm", "timeout_min=5"]) == 2
    assert "cluster 'slurm' cannot be used" in capsys.readouterr().err


def test_without_submitit_it_says_what_to_install(transfer, tone_run, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "submitit", None)
    assert main(["sweep", *transfer, f"model={tone_run}", "--slurm"]) == 2
    assert 'submitit is not installed (pip install "unsup-asr[slurm]")' in capsys.readouterr().err
