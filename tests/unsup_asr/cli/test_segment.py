"""Words in recordings through the command line: every method, every format, and all that can go wrong."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from segmenters.alignments.ctm import read_ctm
from segmenters.alignments.textgrid import read_textgrid
from segmenters.segmentation import read_segmentations
from tests.segmenters.vg_hubert.published import GOLDEN, write_published
from unsup_asr.cli import segment_words
from unsup_asr.cli.main import main
from unsup_asr.data.manifest import Utterance, Word, write_manifest
from unsup_asr.files import read_jsonl
from unsup_asr.segmentation.methods import FITTED, METHODS

SAID = {"one/a": ["red", "dog"], "two": ["big"], "three": ["dog", "big", "red"]}


@pytest.fixture
def manifest(write_tones, say_tones, tmp_path) -> Path:
    """Three utterances with word times."""
    utterances = []
    for id, said in SAID.items():
        segmentation = say_tones(said)[1]
        words = tuple(Word(w, s.start, s.end) for w, s in zip(said, segmentation.spans, strict=True))
        path = write_tones(*said, name=f"{id.replace('/', '-')}.wav")
        utterances.append(Utterance(id, path, segmentation.duration, "en", words=words))
    write_manifest(tmp_path / "test.jsonl", utterances)
    return tmp_path / "test.jsonl"


@pytest.fixture
def checkpoints(tiny_vg_hubert, tiny_head, tiny_recogniser) -> dict[str, Path]:
    return {"vg_hubert": tiny_vg_hubert, "boundary_head": tiny_head, "recognised": tiny_recogniser}


def segment(*words: object) -> int:
    return main(["segment", *map(str, words)])


def rows(capsys) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_writes_an_object_a_recording(manifest, checkpoints, capsys, method):
    more = ["--checkpoint", checkpoints[method]] if method in checkpoints else []
    assert segment(method, manifest, *more) == 0
    found = rows(capsys)
    assert [row["id"] for row in found] == list(SAID)
    for row in found:
        assert set(row) == {"id", "duration", "words", "method", "settings"} and row["method"] == method
        assert all(0 <= word["start"] < word["end"] <= row["duration"] for word in row["words"])


def test_gold_is_the_words_of_the_manifest_or_of_alignments(manifest, say_tones, tmp_path, capsys):
    assert segment("gold", "--manifest", manifest, "--output_dir", tmp_path / "a", "-f", "textgrid,ctm") == 0
    assert segment("gold", manifest) == 0
    found = rows(capsys)
    for row, said in zip(found, SAID.values(), strict=True):
        spans = say_tones(said)[1].spans
        assert [(w["start"], w["end"]) for w in row["words"]] == [(s.start, s.end) for s in spans]
    for name in ("two.TextGrid", "two.ctm"):
        assert segment("gold", tmp_path / "a" / name) == 0
        (row,) = rows(capsys)
        assert row["words"] == [pytest.approx(word, abs=1e-3) for word in found[1]["words"]]


def test_utterances_without_words_are_set_aside(manifest, write_tones, tmp_path, capsys):
    lines = manifest.read_text().splitlines()
    bare = {key: value for key, value in json.loads(lines[1]).items() if key != "words"}
    manifest.write_text("\n".join([lines[0], json.dumps(bare), lines[2]]))
    assert segment("gold", manifest) == 3
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 2 and "set aside: two: two: has no word times" in err


def test_a_folder_gets_files(manifest, tmp_path, capsys):
    out = tmp_path / "out"
    assert segment("energy", manifest, "--output_dir", out, "-f", "jsonl,textgrid,ctm") == 0
    assert capsys.readouterr().out == ""
    names = {f"{id.replace('/', '_')}.{kind}" for id in SAID for kind in ("TextGrid", "ctm")}
    assert {path.name for path in out.iterdir()} == {"segments.jsonl", *names}
    for found in read_segmentations(out / "segments.jsonl"):
        stem = found.id.replace("/", "_")
        for words in (read_textgrid(out / f"{stem}.TextGrid"), *read_ctm(out / f"{stem}.ctm")):
            starts = [word.start for word in words.words]
            assert starts == pytest.approx([span.start for span in found.spans], abs=1e-3)


def test_an_interrupted_run_goes_on(manifest, tmp_path, monkeypatch):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert segment("uniform", manifest, "--output_dir", whole) == 0
    assert segment("uniform", manifest, "--output_dir", cut) == 0
    path = cut / "segments.jsonl"
    expected = (whole / "segments.jsonl").read_bytes()
    first = expected.index(b"\n") + 1
    path.write_bytes(expected[: first + 30])
    heard = []
    monkeypatch.setattr(
        segment_words, "segment_each", lambda s, batch: heard.extend(batch) or s.segment(batch)
    )
    assert segment("uniform", manifest, "--output_dir", cut, "--skip-existing") == 0
    assert path.read_bytes() == expected and [speech.id for speech in heard] == ["two", "three"]
    assert segment("uniform", manifest, "--output_dir", cut, "--skip-existing") == 0
    assert path.read_bytes() == expected and len(heard) == 2
    assert segment("uniform", manifest, "--output_dir", cut) == 0
    assert path.read_bytes() == expected and len(heard) == 5


def test_an_interruption_between_batches_loses_none_of_them(manifest, tmp_path, monkeypatch):
    from unsup_asr.cli.status import INTERRUPTED

    monkeypatch.setattr(segment_words, "_BATCH", 1)
    calls = []

    def interrupted(segmenter, batch):
        calls.append(batch)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return segmenter.segment(batch)

    with monkeypatch.context() as patch:
        patch.setattr(segment_words, "segment_each", interrupted)
        assert segment("energy", manifest, "--output_dir", tmp_path / "out") == INTERRUPTED
    assert [row["id"] for row in read_jsonl(tmp_path / "out" / "segments.jsonl")] == ["one/a", "two"]
    assert segment("energy", manifest, "--output_dir", tmp_path / "out", "--skip-existing") == 0
    assert [row["id"] for row in read_jsonl(tmp_path / "out" / "segments.jsonl")] == list(SAID)


def test_words_of_two_methods_do_not_mix(manifest, tmp_path, capsys):
    out = tmp_path / "out"
    assert segment("uniform", manifest, "--output_dir", out) == 0
    assert segment("energy", manifest, "--output_dir", out, "--skip-existing") == 2
    assert "holds words found by uniform, not energy" in capsys.readouterr().err


def test_words_found_with_other_settings_are_not_mixed(manifest, tmp_path, capsys):
    out = tmp_path / "out"
    assert segment("uniform", manifest, "--output_dir", out, "--words_per_second", 2) == 0
    lines = (out / "segments.jsonl").read_text().splitlines(keepends=True)
    (out / "segments.jsonl").write_text(lines[0])
    go_on = ["uniform", manifest, "--output_dir", out, "--skip-existing", "--words_per_second"]
    assert segment(*go_on, 3) == 2
    assert "'words_per_second': 2.0}, not {'words_per_second': 3.0}" in capsys.readouterr().err
    assert (out / "segments.jsonl").read_text() == lines[0]
    assert segment(*go_on, 2) == 0
    assert (out / "segments.jsonl").read_text().splitlines(keepends=True) == lines


@pytest.mark.parametrize("method", FITTED)
def test_what_was_fitted_is_kept_and_used_again(manifest, tone_run, tmp_path, capsys, method):
    out = tmp_path / "out"
    assert segment(method, manifest, "--output_dir", out, "--words_per_second", 2) == 0
    expected = read_jsonl(out / "segments.jsonl")
    assert segment(method, manifest, "--checkpoint", out / "segmenter") == 0
    assert rows(capsys) == expected
    (out / "segments.jsonl").write_text(json.dumps(expected[0]) + "\n")
    go_on = [method, manifest, "--output_dir", out, "--skip-existing"]
    assert segment(*go_on) == 2
    assert "segmenter: was fitted with other settings (say the same as before" in capsys.readouterr().err
    assert segment(*go_on, "--words_per_second", 2) == 0
    assert read_jsonl(out / "segments.jsonl") == expected
    assert (
        main(["transcribe", "--model", str(tone_run), str(manifest), "--segmenter", str(out / "segmenter")])
        == 0
    )
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_the_plot_shows_attention_where_there_is_some(manifest, checkpoints, tmp_path, capsys):
    assert segment("energy", manifest, "--plot", tmp_path / "energy.png") == 0
    vg_hubert = [
        "vg_hubert",
        manifest,
        "--checkpoint",
        checkpoints["vg_hubert"],
        "--layer",
        0,
        "--quantile",
        0.9,
    ]
    assert segment(*vg_hubert, "--plot", tmp_path / "vg.png") == 0
    assert Image.open(tmp_path / "energy.png").size == (1200, 480)
    assert Image.open(tmp_path / "vg.png").size == (1200, 720)
    assert rows(capsys)[-1]["settings"] == {"layer": 0, "quantile": 0.9, "insertion": None}


def test_vg_hubert_multiplies_in_bf16_and_inserts(manifest, checkpoints, capsys):
    command = ["vg_hubert", manifest, "--checkpoint", checkpoints["vg_hubert"], "--quantile", 1.0]
    assert segment(*command) == 0
    few = sum(len(row["words"]) for row in rows(capsys))
    assert segment(*command, "--bf16", "--insertion", 0.2) == 0
    assert sum(len(row["words"]) for row in rows(capsys)) > few


def test_a_published_checkpoint_finds_the_same_words_as_its_import(manifest, tmp_path, capsys):
    path = write_published(tmp_path, GOLDEN["group_2_layers"])
    assert main(["import", "vg_hubert", str(path), str(tmp_path / "imported")]) == 0
    capsys.readouterr()
    found = []
    for checkpoint in (path, tmp_path / "imported"):
        assert segment("vg_hubert", manifest, "--checkpoint", checkpoint) == 0
        found.append(rows(capsys))
    assert found[0] == found[1]
    (tmp_path / "args.pkl").unlink()
    assert segment("vg_hubert", manifest, "--checkpoint", path) == 0
    assert "assumed: 1 attention heads" in capsys.readouterr().err


def recording(path: Path, samples: np.ndarray, rate: int = 16000) -> Path:
    soundfile.write(path, samples, rate, subtype="FLOAT")
    return path


@pytest.mark.parametrize("method", METHODS[1:])
def test_bad_recordings_are_set_aside_and_hard_ones_are_not(
    say_tones, write_tones, checkpoints, tmp_path, capsys, method
):
    tones = say_tones(["red", "dog"])[0]
    spoilt = tones.copy()
    spoilt[100] = np.nan
    bad = {"nan": spoilt, "no_samples": tones[:0]}
    if method != "uniform":
        bad["subframe"] = tones[:100]
    hard = {"slow": tones[::2], "silent": np.zeros(16000), "clipped": np.sign(tones), "short": tones[:1000]}
    paths = [recording(tmp_path / f"{name}.wav", samples) for name, samples in bad.items()]
    paths += [
        recording(tmp_path / f"{name}.wav", samples, 8000 if name == "slow" else 16000)
        for name, samples in hard.items()
    ]
    (tmp_path / "broken.wav").write_bytes(b"no sound")
    more = ["--checkpoint", checkpoints[method]] if method in checkpoints else []
    many = [write_tones("red", "dog", "big", name=f"{n}.wav") for n in range(3)]
    assert segment(method, *paths, tmp_path / "broken.wav", tmp_path / "gone.wav", *many, *more) == 3
    out, err = capsys.readouterr()
    found = {row["id"]: row for row in map(json.loads, out.splitlines())}
    assert set(hard) | {"0", "1", "2"} <= set(found)
    assert found["slow"]["duration"] == pytest.approx(len(tones) / 16000, abs=1e-3)
    set_aside = [line.split(": ")[1] for line in err.splitlines() if line.startswith("set aside")]
    named = {"broken", "gone", "nan", "no_samples"}
    assert named <= set(set_aside) and set(set_aside) | set(found) == named | {*hard, *bad, "0", "1", "2"}
    assert not set(set_aside) & set(found)


def test_where_none_can_be_used_it_failed(tmp_path, capsys):
    assert segment("energy", recording(tmp_path / "short.wav", np.zeros(100))) == 1
    assert "lasts 0.00625 s, at least 0.025 s are needed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "status", "fault"),
    [
        ([], 2, "nothing to segment is given (name recordings, or --manifest M)"),
        (["{audio}", "-f", "textgrid"], 2, "stdout takes jsonl alone (say --output_dir DIR)"),
        (["{audio}", "--skip-existing"], 2, "--skip-existing needs --output_dir"),
        (["{audio}", "{audio}"], 2, "are both called 'tones'"),
        (["gone.jsonl"], 1, "gone.jsonl"),
    ],
)
def test_what_cannot_be_done_is_told(write_tones, capsys, words, status, fault):
    audio = write_tones("red")
    assert segment("energy", *(word.format(audio=audio) for word in words)) == status
    out, err = capsys.readouterr()
    assert out == "" and fault in err and err.startswith("unsup-asr: error: ")


@pytest.mark.parametrize(
    ("method", "words", "status", "fault"),
    [
        ("vg_hubert", [], 2, "vg_hubert needs a checkpoint (say --checkpoint FOLDER"),
        ("boundary_head", [], 2, "boundary_head needs a checkpoint"),
        ("vg_hubert", ["--checkpoint", "gone"], 1, "gone/config.json: no configuration of a VG-HuBERT"),
        ("vg_hubert", ["--checkpoint", "{vg}", "--layer", "7"], 1, "layer 7 is asked for, counted from 0"),
        ("vg_hubert", ["--checkpoint", "{vg}", "--quantile", "7"], 1, "quantile=7.0"),
        ("recognised", [], 2, "recognised needs a checkpoint"),
        ("recognised", ["--checkpoint", "gone"], 1, "gone: no segmenter can be read from it"),
        ("gradseg", ["--checkpoint", "gone"], 1, "gone: no segmenter can be read from it"),
        ("gradseg", ["--checkpoint", "gone", "--encoder", "x"], 2, "--encoder is that of the fitted"),
        ("prominence", ["--encoder", "{empty}"], 1, "no speech encoder can be loaded from"),
        ("prominence", ["--device", "abacus"], 2, "device 'abacus' cannot be used"),
    ],
)
def test_settings_that_do_not_work_are_named(
    write_tones, checkpoints, tmp_path, capsys, method, words, status, fault
):
    (tmp_path / "empty").mkdir()
    filled = [word.format(vg=checkpoints["vg_hubert"], empty=tmp_path / "empty") for word in words]
    assert segment(method, write_tones("red"), *filled) == status
    assert fault in capsys.readouterr().err


def test_a_fitted_segmenter_is_called_by_its_name(manifest, tmp_path, capsys):
    assert segment("gradseg", manifest, "--output_dir", tmp_path / "out") == 0
    assert segment("unit_words", manifest, "--checkpoint", tmp_path / "out" / "segmenter") == 2
    assert "holds gradseg, not unit_words" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["magic", "a.wav"], "invalid choice: 'magic'"),
        (["energy", "a.wav", "-f", "srt"], "'srt' is no format; choose from jsonl, textgrid, ctm"),
        (["energy", "a.wav", "--words_per_second", "0"], "0 is not above 0"),
        (["energy", "a.wav", "--words_per_second", "many"], "'many' is no number of words"),
        (["energy", "a.wav", "--plot", "a.jpg"], "'a.jpg' does not end in .png"),
        (["energy", "a.wav", "--layer", "3"], "unrecognized arguments: --layer 3"),
    ],
)
def test_words_that_mean_nothing_are_usage(capsys, words, fault):
    with pytest.raises(SystemExit) as exit:
        segment(*words)
    assert exit.value.code == 2 and fault in capsys.readouterr().err


def test_what_was_found_is_evaluated(manifest, tmp_path, capsys):
    assert segment("gold", manifest, "--output_dir", tmp_path / "out") == 0
    assert segment("evaluate", manifest, tmp_path / "out" / "segments.jsonl", "--json") == 0
    assert json.loads(capsys.readouterr().out)["boundaries"]["f1"] == 100.0
