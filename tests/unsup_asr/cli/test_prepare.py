"""The command: what it prints, its exit statuses, whose folder it takes, and from prepare to results."""

import inspect
import itertools
import json
import shlex
from importlib import import_module
from pathlib import Path

import pytest

from tests.unsup_asr.corpora.published.flickr8k_layout import write_flickr8k
from tests.unsup_asr.corpora.published.librispeech_layout import write_librispeech
from tests.unsup_asr.corpora.published.media import write_picture, write_recording
from tests.unsup_asr.corpora.published.spokencoco_layout import KARPATHY, Caption, write_spokencoco
from unsup_asr.cli.configuration import compose
from unsup_asr.cli.main import main
from unsup_asr.cli.prepare_corpora import CORPORA, MiniCorpus, PublishedCorpus, SpokenDigitsCorpus
from unsup_asr.corpora.digits import DigitsConfig
from unsup_asr.corpora.mini.build import MiniConfig
from unsup_asr.corpora.preparation import RECORD, read_record
from unsup_asr.data.audio import write_audio
from unsup_asr.files import read_jsonl

PICTURES = {
    "train": {f"{n}_t.jpg": [f"A dog {n} runs .", f"Dog {n} ."] for n in range(12)},
    "validation": {"1_v.jpg": ["A cat sits ."]},
    "test": {"1_e.jpg": ["A bird flies ."]},
}


@pytest.fixture
def flickr8k(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return write_flickr8k(tmp_path / "flickr8k", PICTURES)


def test_it_prints_what_it_kept_where_it_lies_and_what_runs_on_it(flickr8k, capsys):
    assert main(["prepare", "flickr8k", "flickr8k", "out", "--text_share", "0.4"]) == 0
    out, err = capsys.readouterr()
    record = json.loads(Path("out/preparation.json").read_text())
    assert record["corpus"] == "flickr8k" and record["kept"]["test"] == 1
    assert "set aside" not in err
    words = [line.split() for line in out.replace("│", " ").splitlines()]
    for split, count in record["kept"].items():
        assert [split, str(count), "0.00"] in words
    assert ["captions", str(record["captions"])] in words
    assert ["picture", "is", "on", "the", "text", "side", str(record["captions"]), "noted"] in words
    assert ["captions", "from:", *record["captions_from"].split()] in words
    assert ["references:", "gold"] in words
    files = [f"out/{name}" for name in ("train.jsonl", "validation.jsonl", "test.jsonl", "captions.txt",
                                       "left_out.jsonl", "preparation.json")]  # fmt: skip
    assert out.splitlines()[-7:] == [*files, "unsup-asr run flickr8k data.folder=out"]
    assert all(Path(file).is_file() for file in files)


def test_something_broken_is_status_3_and_named(flickr8k, capsys):
    (flickr8k / "flickr_audio" / "wavs" / "0_t_0.wav").unlink()
    assert main(["prepare", "flickr8k", "flickr8k", "out", "--text_share", "0"]) == 3
    out, err = capsys.readouterr()
    assert "set aside: 0_t_0: recording is missing" in err
    assert ["recording", "is", "missing", "1", "broken"] in [
        line.split() for line in out.replace("│", " ").splitlines()
    ]
    assert out.splitlines()[-1] == "unsup-asr run flickr8k data.folder=out data.captions=FILE"
    assert len(read_jsonl(Path("out/train.jsonl"))) == 23


def test_what_is_only_scored_needs_no_captions(tmp_path, capsys):
    write_librispeech(tmp_path, "test-clean", {"1-2-0000": (("go", 0.1, 0.5),)})
    assert main(["prepare", "librispeech", str(tmp_path), str(tmp_path / "out"), "--test", "test-clean"]) == 0
    said = capsys.readouterr().out.splitlines()[-1]
    assert said == f"unsup-asr run librispeech_transfer data.folder={tmp_path / 'out'} model=RUN"
    assert not (tmp_path / "out" / "train.jsonl").exists()
    write_librispeech(tmp_path, "train-clean-100", {"3-4-0000": (("stay", 0.1, 0.5),)})
    again = ["prepare", "librispeech", str(tmp_path), str(tmp_path / "out"), "--train", "train-clean-100"]
    assert main(again) == 0
    assert capsys.readouterr().out.splitlines()[-1] == said, "a transfer learns nothing, whatever is prepared"


def test_nothing_usable_is_status_1(flickr8k, capsys):
    for wav in (flickr8k / "flickr_audio" / "wavs").iterdir():
        wav.write_bytes(b"")
    assert main(["prepare", "flickr8k", "flickr8k", "out"]) == 1
    out, err = capsys.readouterr()
    assert "nothing is usable" in err and "unsup-asr run" not in out
    assert {row["reason"] for row in read_jsonl(Path("out/left_out.jsonl"))} >= {"recording is empty"}


def test_no_corpus_there_is_status_1(flickr8k, capsys):
    assert main(["prepare", "spokencoco", "flickr8k", "out"]) == 1
    assert "is not SpokenCOCO" in capsys.readouterr().err
    assert main(["prepare", "flickr8k", "flickr8k", "out"]) == 0, "what came to nothing takes no folder"


def test_a_folder_of_something_else_is_refused(flickr8k, capsys):
    assert main(["prepare", "flickr8k", "flickr8k", "flickr8k"]) == 2
    assert "flickr8k: holds files of another kind (name a new folder)" in capsys.readouterr().err
    assert main(["prepare", "flickr8k", "flickr8k", "out"]) == 0
    assert main(["prepare", "mini", "out"]) == 2
    assert "out: holds the corpus flickr8k" in capsys.readouterr().err
    Path("file").touch()
    assert main(["prepare", "mini", "file"]) == 2


def test_again_yields_the_same_bytes_and_nothing_of_before(flickr8k):
    assert main(["prepare", "flickr8k", "flickr8k", "out"]) == 0
    files = {path: path.read_bytes() for path in Path("out").iterdir()}
    Path("out/preparation.json").unlink()  # as if it had been interrupted
    assert main(["prepare", "flickr8k", "flickr8k", "out"]) == 0
    assert {path: path.read_bytes() for path in Path("out").iterdir()} == files


def test_options_that_contradict_or_do_not_exist_are_refused(flickr8k):
    both = ["--text_share", "0.5", "--captions", "captions.txt"]
    for words in (both, ["--text_share", "half"], ["--lang", "en"], ["--text_share", "1"]):
        try:
            status = main(["prepare", "flickr8k", "flickr8k", "out", *words])
        except SystemExit as error:
            status = error.code
        assert status == 2


def test_help_lists_the_corpora(capsys):
    with pytest.raises(SystemExit):
        main(["prepare", "--help"])
    listed = capsys.readouterr().out
    assert all(corpus.name in listed for corpus in CORPORA) and len(CORPORA) == 10


@pytest.mark.parametrize("corpus", CORPORA, ids=lambda corpus: corpus.name)
def test_every_corpus_has_its_help(corpus, capsys):
    with pytest.raises(SystemExit) as exit:
        main(["prepare", corpus.name, "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert exit.value.code == 0 and corpus.summary in told and "Exit status: 0" in told
    assert isinstance(corpus, MiniCorpus) or corpus.root in told


@pytest.mark.parametrize("corpus", [c for c in CORPORA if type(c) is PublishedCorpus], ids=lambda c: c.name)
def test_every_keyword_is_an_option(corpus):
    module = import_module(f"unsup_asr.corpora.published.{corpus.module}")
    keywords = list(inspect.signature(getattr(module, f"prepare_{corpus.name}")).parameters)
    assert {"root", *corpus.options} == set(keywords)


@pytest.mark.parametrize(("kind", "config"), [(MiniCorpus, MiniConfig), (SpokenDigitsCorpus, DigitsConfig)])
def test_options_of_what_is_made_are_settings_of_it(kind, config):
    (corpus,) = (each for each in CORPORA if isinstance(each, kind))
    config(**{name: getattr(config(), name) for name in corpus.options})


def test_mini_is_made_in_the_folder(tmp_path, capsys):
    sizes = ["--train", "2", "--validation", "1", "--test", "1", "--unpaired", "3"]
    assert main(["prepare", "mini", str(tmp_path / "out"), *sizes]) == 0
    assert "data.folder=" in capsys.readouterr().out
    assert len(list((tmp_path / "out" / "audio").rglob("*.wav"))) == 4


@pytest.mark.parametrize(
    ("languages", "told"),
    [
        (["en"], ["clip=MODEL", "segmenter=energy"]),
        (["hi"], ["clip=MODEL", "language=hi", "task=translation", "segmenter=energy"]),
        (
            ["ja", "hi"],
            ["clip=MODEL", "language=hi", "task=translation", "languages=[hi,ja]", "segmenter=energy"],
        ),
    ],
    ids=lambda value: "-".join(value),
)
def test_of_ones_own_data_it_says_what_the_recipe_must_be_told(
    languages, told, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    rows = [f"{n}.wav,{n}.jpg,{languages[n % len(languages)]},a boat" for n in range(12)]
    for n in range(12):
        write_recording(tmp_path / f"{n}.wav")
        write_picture(tmp_path / f"{n}.jpg")
    Path("table.csv").write_text("\n".join(["audio,image,lang,translations", *rows]))
    assert main(["prepare", "generic", "table.csv", "out"]) == 0
    words = shlex.split(capsys.readouterr().out.splitlines()[-1])
    assert words == ["unsup-asr", "run", "generic", "data.folder=out", *told]
    config = compose("generic", [word for word in words[3:] if word != "clip=MODEL"])
    assert (config.language, config.languages) == (min(languages), sorted(languages) if languages[1:] else [])


SHORT = [f"stages.{n}.loop.{key}=2" for n in range(3) for key in ("updates", "checkpoint_every")]
SHORT += ["self_training.rounds=1", "self_training.loop.updates=2", "self_training.loop.checkpoint_every=2"]
SHORT += ["starts=1", "lm.order=2", "generator.narrow=8", "generator.wide=8", "slots=4"]
WORDS = ("red", "big", "dog")


@pytest.fixture
def spoken_tones(tmp_path, say_tones, monkeypatch) -> Path:
    """Tones for words, aligned, in Karpathy's splits of SpokenCOCO; the first picture's file is missing."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    pictures: dict[str, dict[str, list[Caption]]] = {}
    for number, words in enumerate(itertools.islice(itertools.product(WORDS, repeat=3), 24)):
        spans = say_tones(list(words))[1].spans
        alignment = " ".join(f"{s.start}__{word}__{s.end}" for word, s in zip(words, spans, strict=True))
        split = "train" if number < 16 else ("validation", "test")[number % 2]
        name = f"val2014/COCO_val2014_{number:012d}.jpg"
        pictures.setdefault(split, {})[name] = [Caption(" ".join(words), alignment=alignment)]
    root = write_spokencoco(tmp_path / "SpokenCOCO", pictures, KARPATHY, unrolled=True)
    for wav in root.rglob("*.wav"):
        number = int(wav.stem.rpartition("_")[0][-3:])
        write_audio(wav, say_tones([WORDS[number // 9], WORDS[number // 3 % 3], WORDS[number % 3]])[0], 16000)
    (root / "val2014" / f"COCO_val2014_{0:012d}.jpg").unlink()
    return root


def test_from_a_published_layout_to_results(spoken_tones, tiny_clip, capsys):
    assert main(["prepare", "spokencoco", "SpokenCOCO", "out", "--text_share", "0.3"]) == 3
    record = json.loads(Path("out/preparation.json").read_text())
    assert record["kept"]["train"] >= 6 and record["captions"] and record["kept"]["test"] == 4
    said = capsys.readouterr().out.splitlines()[-1].split()
    assert said == ["unsup-asr", "run", "spokencoco", "data.folder=out"]
    run = ["run", "generic", "data.folder=out", f"clip={tiny_clip}", "segmenter=gold", "run_dir=run", *SHORT]
    assert main(run) == 0
    results = json.loads(Path("run/results.json").read_text())
    assert (results["n_test"], results["segmentation"], results["test_uses_gold_times"]) == (4, "gold", True)
    assert results["topline_wer"] is None and results["wer"] is not None
    assert main(run) == 0, "the folder stands for the same files again"
    assert main([*run, "data.test=out/validation.jsonl"]) == 2


def rows(out: str) -> list[list[str]]:
    return [line.split() for line in out.replace("│", " ").splitlines()]


def test_recordings_that_will_be_resampled_are_counted_and_printed(flickr8k, capsys):
    wavs = flickr8k / "flickr_audio" / "wavs"
    for name, rate in {"0_t_0": 8000, "1_t_1": 44100, "1_e_0": 8000}.items():
        write_recording(wavs / f"{name}.wav", 0.5, rate)
    assert main(["prepare", "flickr8k", "flickr8k", "out", "--text_share", "0"]) == 0
    printed = rows(capsys.readouterr().out)
    for rate, count in {"8,000": "2", "44,100": "1"}.items():
        assert ["at", rate, "Hz,", "resampled", "on", "reading", count] in printed
    assert read_record(Path("out")).other_rates == {"8000": 2, "44100": 1}


def test_corpora_without_pictures_are_counted_alike(tmp_path, capsys):
    write_librispeech(tmp_path, "test-clean", {"1-2-0000": (("go", 0.1, 0.5),)})
    (flac,) = tmp_path.rglob("*.flac")
    write_recording(flac, 1.0, 48000)
    assert main(["prepare", "librispeech", str(tmp_path), str(tmp_path / "out")]) == 0
    assert ["at", "48,000", "Hz,", "resampled", "on", "reading", "1"] in rows(capsys.readouterr().out)


def test_a_folder_that_does_not_tell_its_rates_can_be_read(flickr8k, capsys):
    assert main(["prepare", "flickr8k", "flickr8k", "out"]) == 0
    assert "resampled" not in capsys.readouterr().out
    row = json.loads(Path("out", RECORD).read_text())
    assert row.pop("other_rates") == {}
    Path("out", RECORD).write_text(json.dumps(row))
    assert read_record(Path("out")).other_rates == {}


@pytest.mark.parametrize(("lang", "kind"), [("hi", None), ("en-GB", "gold")])
def test_what_is_said_is_a_reference_in_english_alone(tmp_path, capsys, lang, kind):
    for number in range(40):
        write_recording(tmp_path / "mine" / f"{number}.wav")
        write_picture(tmp_path / "mine" / f"{number}.png")
        (tmp_path / "mine" / f"{number}.txt").write_text("एक नाव" if lang == "hi" else "a boat")
    words = ["prepare", "generic", str(tmp_path / "mine"), str(tmp_path / "out"), "--lang", lang]
    assert main([*words, "--text_share", "0"]) == 0
    assert read_record(tmp_path / "out").reference_kind == kind
    assert f"references: {kind or 'none'}" in capsys.readouterr().out
