"""`unsup-asr import`."""

import os
import pickle
from pathlib import Path

import pytest
import torch
from transformers import HubertModel

from segmenters.vg_hubert.model import VGHubert
from tests.segmenters.test_checkpoints import Harm
from tests.segmenters.vg_hubert.published import GOLDEN, write_published
from tests.unsup_asr.encoders.fairseq.written import fine_tuned
from tests.unsup_asr.models.speech_clip.published.written import content, golden
from tests.unsup_asr.models.speech_clip.published.written import write as write_speechclip
from unsup_asr.cli.main import main
from unsup_asr.cli.status import DONE, FAILED, USAGE
from unsup_asr.encoders.log_mel import LogMelConfig
from unsup_asr.encoders.speech import load_encoder
from unsup_asr.speech_clip import SpeechClipModel

CASE = GOLDEN["group_2_layers"]


def test_a_bundle_becomes_a_folder_that_loads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = write_published(tmp_path, CASE), tmp_path / "out"
    assert main(["import", "vg_hubert", str(path), str(out)]) == DONE
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == (f"{out}\n", "")
    assert VGHubert.from_pretrained(out).config.hubert.num_attention_heads == 3


def test_what_was_assumed_goes_to_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_published(tmp_path, CASE)
    arguments = (tmp_path / "args.pkl").rename(tmp_path / "elsewhere.pkl")
    assert main(["import", "vg_hubert", str(path), str(tmp_path / "a")]) == DONE
    assert "assumed: 1 attention heads, of 24 channels each\n" in capsys.readouterr().err
    given = ["--args", str(arguments)]
    assert main(["import", "vg_hubert", str(path), str(tmp_path / "b"), *given]) == DONE
    assert "assumed" not in capsys.readouterr().err


def test_a_fairseq_checkpoint_becomes_a_folder_that_loads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, out = fine_tuned("wav2vec2_large", True, cfg=True), tmp_path / "out"
    content["cfg"]["model"]["w2v_args"]["model"].pop("encoder_attention_heads")
    torch.save(content, tmp_path / "model.pt")
    assert main(["import", "fairseq", str(tmp_path / "model.pt"), str(out)]) == DONE
    printed = capsys.readouterr()
    assert printed.out == f"{out}\n"
    assumed = "assumed: 1 attention heads, of 32 channels each\n"
    assert printed.err.startswith(f"{assumed}left out: w2v_encoder.proj\n")
    assert load_encoder(f"{out}:1", LogMelConfig()).encode(torch.randn(4000)).shape == (12, 32)


def test_other_files_are_no_fairseq_encoder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"model": {"decoder.weight": torch.ones(1)}}, tmp_path / "model.pt")
    assert main(["import", "fairseq", str(tmp_path / "model.pt"), str(tmp_path / "out")]) == FAILED
    assert "lacks feature_extractor.conv_layers.0.conv.weight" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_files_that_carry_code_are_refused_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save({"dual_encoder": Harm(tmp_path / "harm")}, tmp_path / "bundle.pth")
    out = tmp_path / "out"
    assert main(["import", "vg_hubert", str(tmp_path / "bundle.pth"), str(out)]) == FAILED
    assert f"asks for {os.mkdir.__module__}.mkdir" in capsys.readouterr().err
    path = write_published(tmp_path, CASE)
    (tmp_path / "args.pkl").write_bytes(pickle.dumps(Harm(tmp_path / "harm")))
    assert main(["import", "vg_hubert", str(path), str(out)]) == FAILED
    assert not (tmp_path / "harm").exists() and not out.exists()


def test_a_speechclip_checkpoint_becomes_a_folder_that_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_speechclip(tmp_path / "model.ckpt", content(golden("hybrid")), monkeypatch)
    out = tmp_path / "out"
    assert main(["import", "speechclip", str(path), str(out)]) == DONE
    printed = capsys.readouterr()
    assert printed.out == f"{out}\n"
    assert "assumed: 2 attention heads, of 64 channels each\n" in printed.err
    assert (
        "left out: audio_encoder.encoder.label_embs_concat, audio_encoder.encoder.final_proj\n" in printed.err
    )
    assert HubertModel.from_pretrained(out / "encoder").config.num_attention_heads == 2
    (out.rename(tmp_path / "moved")).parent.joinpath("encoder").mkdir()
    monkeypatch.chdir(tmp_path)
    model = SpeechClipModel.from_pretrained("moved")
    assert model.settings.temperature == pytest.approx(0.05)
    [text] = model.clip.encode_captions([model.clip.tokenizer.encode("a dog")])
    assert model.clip.width == len(text) == 64
    grounded = model.embed([torch.randn(8000), torch.randn(6000)])
    assert grounded.keywords is not None and grounded.keywords.choices.shape == (2, 8)


def test_a_speechclip_checkpoint_with_foreign_classes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    carrying = content(golden("parallel"), logger=Harm(tmp_path / "harm"))
    path = write_speechclip(tmp_path / "model.ckpt", carrying, monkeypatch)
    assert main(["import", "speechclip", str(path), str(tmp_path / "out")]) == FAILED
    assert f"asks for {os.mkdir.__module__}.mkdir" in capsys.readouterr().err
    torch.save({"model": {}}, path)
    assert main(["import", "speechclip", str(path), str(tmp_path / "out")]) == FAILED
    assert "holds model; expected state_dict (give a checkpoint of SpeechCLIP" in capsys.readouterr().err
    assert not (tmp_path / "harm").exists() and not (tmp_path / "out").exists()


def test_an_existing_folder_is_not_written_over(tmp_path: Path) -> None:
    path = write_published(tmp_path, CASE)
    assert main(["import", "vg_hubert", str(path), str(tmp_path)]) == USAGE
