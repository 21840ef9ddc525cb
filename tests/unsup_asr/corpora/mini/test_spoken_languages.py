"""Hindi and Japanese spoken by the real synthesiser: word times, voices, manifests."""

import importlib.util
import shutil
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path

import pytest

from unsup_asr.corpora import cache
from unsup_asr.corpora.cache import fingerprint, prepared
from unsup_asr.corpora.mini import build
from unsup_asr.corpora.mini.build import SPLITS, MiniConfig, prepare_mini
from unsup_asr.corpora.mini.description import describe
from unsup_asr.corpora.mini.speech import Request, speak
from unsup_asr.corpora.mini.voices import voices
from unsup_asr.corpora.origins import origins
from unsup_asr.data.audio import read_audio
from unsup_asr.data.manifest import read_manifest
from unsup_asr.errors import InputError, UsageError

MISSING = importlib.util.find_spec("espeakng_loader") is None
pytestmark = pytest.mark.skipif(MISSING, reason="espeakng-loader is not installed (extra mini)")

LANGUAGES = ("hi", "ja")
CONFIG = MiniConfig(train=6, validation=3, test=3, unpaired=20, image_size=48)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with small corpora in English, Hindi and Japanese, made in this order."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        for language in ("en", *LANGUAGES):
            prepared(replace(CONFIG, language=language))
    return folder


@pytest.fixture
def corpora(home: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    monkeypatch.setattr(build, "make_parts", lambda *given: pytest.fail("speech is made again"))
    return {language: prepared(replace(CONFIG, language=language)).folder for language in ("en", *LANGUAGES)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_manifests_hold_the_speech_and_its_references(language: str, corpora: dict[str, Path]) -> None:
    for split in SPLITS:
        for index, utterance in enumerate(read_manifest(corpora[language] / f"{split}.jsonl")):
            assert utterance.text == " ".join(describe(0, split, index, language)[0].words)
            assert utterance.text.split() == [word.word for word in utterance.words]
            assert (len(utterance.translations) >= 4) == (split != "train")
            assert utterance.lang == language and len(read_audio(utterance.audio_filepath)) > 8000
    assert origins(replace(CONFIG, language=language)).reference_kind == "gold"


TOGETHER = replace(CONFIG, others=["hi", "ja"])


def test_languages_together_are_those_that_are_there(corpora: dict[str, Path]) -> None:
    """Nothing is said or drawn again; descriptions of one scene have one picture, and names of their own."""
    folder = prepared(TOGETHER).folder
    assert (folder / "captions.txt").samefile(corpora["en"] / "captions.txt")
    for split in SPLITS:
        alone = [u for own in corpora.values() for u in read_manifest(own / f"{split}.jsonl")]
        together = read_manifest(folder / f"{split}.jsonl")
        assert [u.id for u in together] == [f"{u.lang}-{u.id}" for u in alone]
        assert len({u.picture for u in together}) == len(together) / 3
        for ours, theirs in zip(together, alone, strict=True):
            assert ours.audio_filepath.samefile(theirs.audio_filepath)
            paths = {"id": "", "audio_filepath": Path(), "image_filepath": Path()}
            assert replace(ours, **paths) == replace(theirs, **paths)


def test_languages_together_lend_what_each_says(
    home: Path, corpora: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a cache that has them together alone, a corpus of one takes its own."""
    together = prepared(TOGETHER).folder
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    other = cache.cache_folder() / "corpora" / together.name
    shutil.copytree(together, other)
    alone = prepared(replace(CONFIG, language="ja"))
    for split in SPLITS:
        said = read_manifest(alone.manifest(split))
        assert [u.text for u in said] == [u.text for u in read_manifest(corpora["ja"] / f"{split}.jsonl")]
        assert said[0].audio_filepath.samefile(other / "ja" / "audio" / split / "00000.wav")


def test_no_language_is_named_twice(home: Path, corpora: dict[str, Path]) -> None:
    with pytest.raises(UsageError, match=r"languages are en, hi, hi \(name each language once\)"):
        prepared(replace(CONFIG, others=["hi", "hi"]))


def test_a_corpus_of_one_language_is_called_as_it_was_before_there_were_several() -> None:
    said = asdict(CONFIG)
    del said["others"]
    assert fingerprint(asdict(CONFIG)) == fingerprint(said) != fingerprint(asdict(TOGETHER))


def test_pictures_and_captions_are_those_of_english(corpora: dict[str, Path]) -> None:
    english = corpora.pop("en")
    for folder in corpora.values():
        for path in [*english.glob("images/*/*.png"), english / "captions.txt"]:
            assert path.samefile(folder / path.relative_to(english))
        assert not (folder / "parts").exists()


def test_the_bytes_are_those_that_are_made_without_english(
    corpora: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digests
) -> None:
    monkeypatch.undo()
    prepare_mini(replace(CONFIG, language="ja", train=4, validation=2, test=2), tmp_path)
    ours, made = digests(corpora["ja"]), digests(tmp_path)
    same = {name for name in made if name.startswith(("audio", "images", "captions"))}
    assert len(same) == 17 and all(made[name] == ours[name] for name in same)


def test_a_corrected_grammar_is_another_corpus_and_english_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {language: {"language": language, "seed": 0} for language in ("en", *LANGUAGES)}
    before = {language: cache._key("mini", given) for language, given in settings.items()}
    monkeypatch.setattr(cache, "grammar_text", lambda language: f"{language}, corrected")
    after = {language: cache._key("mini", given) for language, given in settings.items()}
    assert {language for language in settings if before[language] != after[language]} == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_word_times_increase_and_tile_the_speech(language: str) -> None:
    described = [describe(0, "train", index, language)[0] for index in range(24)]
    speakers = voices(language, "train")
    requests = [
        Request(said.aloud, speakers[index % len(speakers)], 140 + 2 * index, 50)
        for index, said in enumerate(described)
    ]
    for said, spoken in zip(described, speak(requests, processes=1), strict=True):
        assert [word.word for word in spoken.words] == list(said.aloud)
        duration = len(spoken.samples) / 16000
        assert 0 <= spoken.words[0].start < 0.15 and duration - 0.15 < spoken.words[-1].end <= duration
        for word, following in pairwise(spoken.words):
            assert 0.03 < word.end - word.start < 1.5, (word, said.words)
            assert word.end <= following.start < word.end + 0.3, (word, said.words)


def test_nobody_speaks_an_unknown_language(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no synthetic voices speak 'xx' \(choose from en, hi, ja\)"):
        prepare_mini(replace(CONFIG, language="xx"), tmp_path / "out")
    assert not (tmp_path / "out").exists()
