"""Kaldi folders, ours and one that Lhotse 1.33.0 wrote."""

import os
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unsup_asr.corpora.formats.drawn import manifests
from unsup_asr.corpora.formats.kaldi.reading import read_kaldi
from unsup_asr.corpora.formats.kaldi.writing import write_kaldi
from unsup_asr.data.manifest import Utterance, Word
from unsup_asr.errors import InputError

KEYED = ("wav.scp", "segments", "text", "utt2spk", "spk2utt", "utt2dur", "utt2lang")


def held(utterance: Utterance) -> Utterance:
    """What Kaldi can hold of an utterance."""
    text = None if utterance.text is None else " ".join(utterance.text.split())
    return replace(utterance, image_filepath=None, image_id=None, translations=(), text=text)


def by_id(utterances: list[Utterance]) -> dict[str, Utterance]:
    return {utterance.id: utterance for utterance in utterances}


def sorted_as_kaldi_wants(path: Path, *options: str) -> bool:
    """By the program that Kaldi's own checks call."""
    environment = {**os.environ, "LC_ALL": "C"}
    return (
        subprocess.run(["sort", "-c", *options, path], env=environment, capture_output=True).returncode == 0
    )


def keys(path: Path) -> list[str]:
    return [line.split(" ")[0] for line in path.read_text().splitlines()]


def write_folder(folder: Path, **tables: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in {
        "wav_scp": "u /a/u.wav\n",
        "utt2dur": "u 1.5\n",
        "utt2lang": "u en\n",
        **tables,
    }.items():
        (folder / name.replace("wav_scp", "wav.scp")).write_text(text)
    return folder


@settings(max_examples=30)
@given(data=st.data())
def test_what_kaldi_holds_comes_back(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("kaldi")
    utterances = data.draw(manifests(folder))
    assert write_kaldi(utterances, folder / "data").written == len(utterances)
    imported = read_kaldi(folder / "data")
    assert by_id(imported.utterances) == by_id([held(utterance) for utterance in utterances])
    assert not imported.not_held and not imported.left_out


@settings(max_examples=30)
@given(data=st.data())
def test_a_folder_passes_kaldis_checks(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("kaldi")
    write_kaldi(data.draw(manifests(folder)), folder)
    ids = keys(folder / "utt2spk")
    for name in KEYED:
        if (folder / name).exists():
            assert sorted(set(keys(folder / name))) == keys(folder / name), name
    for name in ("segments", "utt2dur", "utt2lang", *(["text"] if (folder / "text").exists() else [])):
        assert keys(folder / name) == ids, name
    assert sorted_as_kaldi_wants(folder / "utt2spk")
    assert sorted_as_kaldi_wants(folder / "utt2spk", "-k2")
    rows = [line.split() for line in (folder / "spk2utt").read_text().splitlines()]
    assert {id: speaker for speaker, *own in rows for id in own} == dict(
        line.split() for line in (folder / "utt2spk").read_text().splitlines()
    )
    segments = [line.split() for line in (folder / "segments").read_text().splitlines()]
    assert all(len(row) == 4 and float(row[3]) > float(row[2]) for row in segments)
    assert {row[1] for row in segments} == set(keys(folder / "wav.scp"))


def test_the_files_are_these(tmp_path: Path, spoken: list[Utterance], media: Path) -> None:
    exported = write_kaldi(spoken, tmp_path)
    assert (tmp_path / "wav.scp").read_text() == (
        f"stereo {media}/stereo.flac\nलंबी_रिकॉर्डिंग {media}/लंबी रिकॉर्डिंग.wav\n"
    )
    assert (tmp_path / "segments").read_text() == (
        "s_1-2 लंबी_रिकॉर्डिंग 1.5 2\n"
        "s_1-hi-1.a_x लंबी_रिकॉर्डिंग 0.5 1.25\n"
        "s_1_2-a-0 लंबी_रिकॉर्डिंग 0 0.4\n"
        "犬が走る stereo 0 2\n"
    )
    assert (
        tmp_path / "text"
    ).read_text() == "s_1-2\ns_1-hi-1.a_x नमस्ते दुनिया\ns_1_2-a-0\n犬が走る 犬が 走る\n"
    assert (
        tmp_path / "spk2utt"
    ).read_text() == "s_1 s_1-2 s_1-hi-1.a_x\ns_1_2 s_1_2-a-0\n犬が走る 犬が走る\n"
    assert (tmp_path / "ctm").read_text().splitlines()[0] == "s_1-2 1 0.100000 0.200000 क"
    assert exported.not_held == {
        "field 'image_filepath'": 3,
        "field 'image_id'": 1,
        "field 'translations'": 1,
        "recording that is no WAV, the one form that Kaldi's own programs read": 1,
    }


def test_what_text_and_words_lose_is_counted(tmp_path: Path, spoken: list[Utterance]) -> None:
    words = (Word("two words", 0.0, 0.2),)
    exported = write_kaldi([replace(spoken[3], text="犬が\u3000走る\n", words=words)], tmp_path)
    assert exported.not_held == {
        "white space in the text, other than single blanks": 1,
        "words that hold white space": 1,
    }
    (read,) = read_kaldi(tmp_path).utterances
    assert (read.text, read.words) == ("犬が 走る", ())


@pytest.mark.parametrize("name", ["a |", "b.ark:12", "c.wav ", "d\ne.wav", "f[1:2]"])
def test_paths_that_mean_something_to_kaldi_are_left_out(
    tmp_path: Path, spoken: list[Utterance], name: str
) -> None:
    odd = replace(spoken[0], id="odd", audio_filepath=tmp_path / name)
    exported = write_kaldi([odd, *spoken], tmp_path / "data")
    assert [(item.id, item.broken) for item in exported.left_out] == [("odd", True)]
    assert len(read_kaldi(tmp_path / "data").utterances) == len(spoken)
    with pytest.raises(InputError, match="no path of a recording can stand"):
        write_kaldi([odd], tmp_path / "none")


def test_a_language_with_a_blank_is_refused(tmp_path: Path, spoken: list[Utterance]) -> None:
    with pytest.raises(InputError, match="a-0: language 'en us' holds white space"):
        write_kaldi([replace(spoken[3], lang="en us")], tmp_path)


def test_a_folder_of_lhotses_is_read(golden: Path) -> None:
    imported = read_kaldi(golden / "kaldi")
    path = golden / "audio/two words.wav"
    assert imported.utterances == [
        Utterance("s1-u1", path, 0.25, "hi", 0.0, "s1", text="अ"),
        Utterance("s1-u2", path, 0.5, "hi", 0.25, "s1", text="नमस्ते दुनिया"),
    ]
    assert imported.not_held == {"file 'reco2dur'": 1}


def test_without_segments_and_durations_heads_are_read(tmp_path: Path, media: Path) -> None:
    paths = f"a {media}/stereo.flac\nb {tmp_path}/gone.wav\n"
    folder = write_folder(tmp_path / "data", wav_scp=paths, utt2dur="", utt2spk="a a\nb b\n", utt2lang="")
    imported = read_kaldi(folder, lang="ja")
    assert imported.utterances == [Utterance("a", media / "stereo.flac", 2.0, "ja")]
    assert [(item.id, item.reason) for item in imported.left_out] == [("b", "recording is missing")]


def test_a_segment_to_the_end_and_one_behind_it(tmp_path: Path, media: Path) -> None:
    folder = write_folder(
        tmp_path / "data",
        wav_scp=f"r {media}/stereo.flac\n",
        segments="a r 0.5 -1\nb r 2.5 -1\n",
        utt2dur="",
        utt2lang="",
    )
    imported = read_kaldi(folder, lang="ja")
    assert [(u.id, u.offset, u.duration) for u in imported.utterances] == [("a", 0.5, 1.5)]
    assert [item.reason for item in imported.left_out] == ["starts after the end of its recording"]


def test_relative_paths_count_from_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_folder(tmp_path / "data", wav_scp="u a b.wav\n")
    assert read_kaldi(Path("data")).utterances[0].audio_filepath == tmp_path / "a b.wav"


@pytest.mark.parametrize("command", ["touch {} |", "sph2pipe -f wav {} | sox - -t wav - |", "| tee {}"])
def test_commands_are_refused_unrun(tmp_path: Path, command: str) -> None:
    ran = tmp_path / "ran"
    folder = write_folder(tmp_path / "data", wav_scp=f"u /a/u.wav\nv {command.format(ran)}\n")
    with pytest.raises(InputError, match=r"wav\.scp:2: .*is a command, which is not run"):
        read_kaldi(folder)
    assert not ran.exists()


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"wav_scp": "u a.ark:17\n"}, r"wav\.scp:1: 'a.ark:17' is no path"),
        ({"wav_scp": "u -\n"}, r"wav\.scp:1: '-' is no path"),
        ({"wav_scp": "u\n"}, r"wav\.scp:1: '' is no path"),
        ({"wav_scp": "u a.wav\n\nu b.wav\n"}, r"wav\.scp:3: 'u' came before"),
        ({"segments": "u r 0 1\n"}, r"segments:1: there is no recording 'r'"),
        ({"segments": "u u 0\n"}, r"segments:1: 'u 0' is not RECORDING START END"),
        ({"segments": "u u 1 0.5\n"}, r"segments:1: 1–0.5 s is no stretch"),
        ({"segments": "u u nan 1\n"}, r"segments:1: nan–1 s is no stretch"),
        ({"utt2dur": "u long\n"}, r"utt2dur:1: 'long' is no duration"),
        ({"utt2dur": "u 0\n"}, r"utt2dur:1: '0' is no duration"),
        ({"utt2lang": ""}, "u: its language is not told .name it: --lang"),
        ({"ids.jsonl": "{}\n"}, r"ids\.jsonl:1: field 'utterance' is missing"),
        ({"ids.jsonl": '{"utterance": "u", "id": "a"}\n' * 2}, r"ids\.jsonl:2: id 'a' came before"),
        ({"wav_scp": ""}, r"wav\.scp: holds no utterance"),
    ],
)
def test_a_fault_names_file_and_line(tmp_path: Path, tables: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_kaldi(write_folder(tmp_path / "data", **tables))


def test_words_of_other_utterances_are_counted(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "data", ctm="u 1 0.1 0.2 sil\nrec 1 0 0.1 a\nrec 1 1 0.1 b\n")
    imported = read_kaldi(folder)
    assert imported.utterances[0].words == (Word("sil", 0.1, 0.3),)
    assert imported.not_held == Counter({"lines of ctm whose times are not those of an utterance": 2})
