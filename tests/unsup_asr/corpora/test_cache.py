"""The cache of prepared corpora: each made once, by one process at a time, anew when its sources change."""

import fcntl
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from unsup_asr.corpora.cache import cache_folder, fingerprint, locked, prepared
from unsup_asr.corpora.digits import DigitsConfig
from unsup_asr.corpora.manifests import ManifestsConfig
from unsup_asr.data.manifest import Utterance, read_manifest, write_manifest
from unsup_asr.errors import InputError, UsageError

HOLD = """
import sys
from pathlib import Path
from unsup_asr.corpora.cache import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "unsup-asr"


@pytest.fixture
def config(tmp_path: Path) -> ManifestsConfig:
    write_pairs(tmp_path / "mine.jsonl", 40)
    (tmp_path / "mine.txt").write_text("a dog\n")
    return ManifestsConfig(
        manifest=str(tmp_path / "mine.jsonl"), captions=str(tmp_path / "mine.txt"), held_out=0.5
    )


def write_pairs(path: Path, count: int) -> None:
    write_manifest(
        path,
        [Utterance(str(n), path.parent / f"{n}.wav", 1.0, "en", image_id=str(n)) for n in range(count)],
    )


def times(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir() if path.name != ".lock"}


def test_the_cache_is_where_the_environment_says(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache_folder() == cache
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "unsup-asr"


def test_a_corpus_is_made_once(config: ManifestsConfig, cache: Path) -> None:
    corpus = prepared(config)
    assert corpus.name == "manifests" and corpus.folder.parent == cache / "corpora"
    assert len(read_manifest(corpus.manifest("train"))) > 5
    assert corpus.captions.read_text() == "a dog\n"
    before = times(corpus.folder)
    assert prepared(replace(config)) == corpus
    assert times(corpus.folder) == before


def test_what_was_broken_off_is_made_again(config: ManifestsConfig) -> None:
    corpus = prepared(config)
    (corpus.folder / "complete.json").unlink()
    corpus.captions.write_text("half a cap")
    assert prepared(config) == corpus
    assert corpus.captions.read_text() == "a dog\n"


def test_another_configuration_is_another_corpus(config: ManifestsConfig) -> None:
    assert prepared(config).folder != prepared(replace(config, held_out=0.4)).folder


@pytest.mark.parametrize("changed", ["manifest", "captions"])
def test_another_content_is_another_corpus(changed: str, config: ManifestsConfig, tmp_path: Path) -> None:
    first = prepared(config)
    if changed == "manifest":
        write_pairs(tmp_path / "mine.jsonl", 41)
    else:
        (tmp_path / "mine.txt").write_text("a cat\n")
    second = prepared(config)
    assert second.key != first.key
    assert first.captions.read_text() == "a dog\n"
    assert second.captions.read_text() == (tmp_path / "mine.txt").read_text()


def test_the_same_relative_path_elsewhere_is_another_corpus(
    config: ManifestsConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = set()
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        write_pairs(tmp_path / name / "mine.jsonl", 40)
        monkeypatch.chdir(tmp_path / name)
        corpus = prepared(replace(config, manifest="mine.jsonl"))
        assert read_manifest(corpus.manifest("train"))[0].audio_filepath.parent == Path.cwd()
        keys.add(corpus.key)
    assert len(keys) == 2


def test_a_folder_is_held_by_one_process_and_freed_by_its_death(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path / "corpus")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        with (tmp_path / "corpus" / ".lock").open("w") as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        holder.kill()
    with locked(tmp_path / "corpus"):
        pass


def test_missing_recordings_say_where_to_get_them(cache: Path, tmp_path: Path) -> None:
    for fsdd in (None, str(tmp_path / "gone")):
        with pytest.raises(InputError, match=r"Jakobovski/free-spoken-digit-dataset.*data\.fsdd="):
            prepared(DigitsConfig(fsdd=fsdd))
    assert not list(cache.rglob("complete.json"))


def test_no_corpus_is_a_mistake_of_use() -> None:
    with pytest.raises(UsageError, match="data=mini, digits or manifests"):
        prepared(None)


def test_a_fingerprint_is_of_the_content_not_of_the_order() -> None:
    assert fingerprint({"a": 1, "b": [2, 3]}) == fingerprint({"b": [2, 3], "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})


def test_a_setting_that_came_later_renames_nothing_until_it_is_used() -> None:
    before = {"stages": [{"loop": {"updates": 3}}], "a": 1}
    later = {"stages": [{"loop": {"updates": 3, "precision": "float32"}}], "a": 1}
    assert fingerprint(later) == fingerprint(before)
    later["stages"][0]["loop"]["precision"] = "bfloat16"
    assert fingerprint(later) != fingerprint(before)
