"""Speech that is taken from another corpus: the bytes that would be made, and no time to make them."""

import importlib.util
import json
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from unsup_asr.corpora import cache
from unsup_asr.corpora.cache import prepared
from unsup_asr.corpora.mini import build
from unsup_asr.corpora.mini.build import SPLITS, MiniConfig, prepare_mini
from unsup_asr.corpora.mini.lent_speech import take_lent_speech
from unsup_asr.data.manifest import read_manifest

MISSING = importlib.util.find_spec("espeakng_loader") is None
pytestmark = pytest.mark.skipif(MISSING, reason="espeakng-loader is not installed (extra mini)")

Digests = Callable[[Path], dict[str, str]]
CONFIG = MiniConfig(train=8, validation=3, test=3, unpaired=30, image_size=48)
SETTINGS = json.loads(json.dumps(asdict(CONFIG)))
SHORTER = replace(CONFIG, train=5, captions="other_style", unpaired=20)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def lender(home: Path) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(home))
        return prepared(CONFIG).folder


@pytest.fixture(autouse=True)
def _cache(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))


@pytest.fixture
def mute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be said."""
    monkeypatch.setattr(build, "make_parts", lambda *given: pytest.fail("speech is made"))


@pytest.mark.usefixtures("mute")
def test_a_study_of_captions_and_size_makes_no_speech(lender: Path) -> None:
    corpus = prepared(SHORTER)
    assert corpus.folder != lender and len(read_manifest(corpus.manifest("train"))) == 5
    for split in SPLITS:
        for utterance in read_manifest(corpus.manifest(split)):
            for path in (utterance.audio_filepath, utterance.image_filepath):
                assert path is not None and corpus.folder in path.parents
                assert path.samefile(lender / path.relative_to(corpus.folder))


def test_the_bytes_are_those_that_would_be_made(lender: Path, tmp_path: Path, digests: Digests) -> None:
    prepare_mini(SHORTER, tmp_path / "made")
    made, taken = digests(tmp_path / "made"), digests(prepared(SHORTER).folder)
    assert {name: taken[name] for name in made} == made


@pytest.mark.parametrize(
    "other", [{"seed": 1}, {"snr": (5.0, 5.0)}, {"rate": (150, 160)}, {"image_size": 32}]
)
def test_who_speaks_otherwise_lends_nothing(other: dict[str, Any], lender: Path, tmp_path: Path) -> None:
    take_lent_speech(replace(CONFIG, **other), tmp_path, [(lender, SETTINGS)])
    assert not list(tmp_path.iterdir())


def test_who_has_too_little_lends_only_what_is_enough(lender: Path, tmp_path: Path) -> None:
    take_lent_speech(replace(CONFIG, train=9), tmp_path, [(lender, SETTINGS)])
    assert [split for split in SPLITS if (tmp_path / f"{split}.jsonl").exists()] == ["validation", "test"]


def test_corpora_of_older_code_lend_nothing(lender: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lender in [folder for folder, _ in cache._finished("mini")]
    monkeypatch.setattr(cache, "_VERSION", 0)
    assert not list(cache._finished("mini"))


def test_half_a_file_is_replaced_and_where_there_are_no_links_it_is_copied(
    lender: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digests: Digests
) -> None:
    half = tmp_path / "audio" / "train" / "00000.wav"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"RIFF")
    monkeypatch.setattr(os, "link", lambda *paths: (_ for _ in ()).throw(OSError("no links")))
    take_lent_speech(CONFIG, tmp_path, [(lender, SETTINGS)])
    taken, lent = digests(tmp_path), digests(lender)
    assert taken == {name: lent[name] for name in taken} and len(taken) == 2 * 14 + 3
    assert not half.samefile(lender / half.relative_to(tmp_path))
