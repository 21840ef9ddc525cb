import numpy as np
import pytest

from unsup_asr.cli.main import main
from unsup_asr.data.audio import write_audio


@pytest.fixture
def dataset(tmp_path):
    rng = np.random.default_rng(0)
    folder = tmp_path / "dataset/semantic/dev"
    gold, pairs = ["type,filename,word,voice"], ["type,dataset,word_1,word_2,similarity,relatedness"]
    for name in "abc":
        write_audio(folder / f"synthetic/{name}.wav", 0.3 * rng.uniform(-1, 1, 6000), 16000)
        gold.append(f"synthetic,{name},{name},voice")
    pairs += ["synthetic,mturk,a,b,,1", "synthetic,mturk,b,c,,2", "synthetic,mturk,a,c,,3"]
    (folder / "gold.csv").write_text("\n".join(gold))
    (folder / "pairs.csv").write_text("\n".join(pairs))
    return tmp_path / "dataset"


def test_the_folder_is_written_and_scored(dataset, tiny_hubert, tmp_path, capsys):
    out, choices = str(tmp_path / "out"), ["--layer", "1", "--pooling", "max"]
    assert main(["export", "zerospeech2021", str(tiny_hubert), str(dataset), out, *choices]) == 0
    *scores, place = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in scores] == [
        ["dev", "synthetic", "mturk"],
        ["dev", "synthetic", "mean"],
    ]
    assert place == out
    assert np.loadtxt(tmp_path / "out/semantic/dev/synthetic/b.txt").shape == (17, 16)


def test_a_folder_that_holds_something_is_left_alone(dataset, capsys):
    assert main(["export", "zerospeech2021", "log_mel", str(dataset), str(dataset)]) == 2
    assert "not an empty folder" in capsys.readouterr().err


def test_a_layer_that_is_not_there_is_a_usage_error(dataset, tiny_hubert, tmp_path, capsys):
    words = ["export", "zerospeech2021", str(tiny_hubert), str(dataset), str(tmp_path / "out")]
    assert main([*words, "--layer", "7"]) == 2
    assert "layer 7 is asked for" in capsys.readouterr().err
