"""A corpus as wav2vec-U learns from it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from unsup_asr.corpora.cache import Corpus
from unsup_asr.corpora.wav2vec_u.features import read_features
from unsup_asr.corpora.wav2vec_u.pooling import PoolingConfig, paired
from unsup_asr.corpora.wav2vec_u.symbols import read_symbols
from unsup_asr.corpora.wav2vec_u.text import TextConfig
from unsup_asr.data.manifest import Utterance, write_manifest
from unsup_asr.encoders.log_mel import LogMelConfig, LogMelEncoder
from unsup_asr.errors import InputError, UsageError
from unsup_asr.pipeline.wav2vec_u import Wav2VecUConfig, export

CAPTIONS = "a dog sees a cat\nthe cat sees the dog\n"
CONFIG = Wav2VecUConfig(PoolingConfig(clusters=6), TextConfig(silence=0.5, order=2))
ENCODER = LogMelEncoder(LogMelConfig())
POOLED = "precompute_pca20_cls6_mean_pooled"


@pytest.fixture
def corpus(tmp_path: Path, write_wav: Callable[..., Path]) -> Corpus:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "captions.txt").write_text(CAPTIONS)
    for seed, (split, count) in enumerate({"train": 3, "validation": 2, "test": 2}.items()):
        write_manifest(folder / f"{split}.jsonl", utterances(split, count, write_wav, seed))
    return Corpus("manifests", folder, "key")


def utterances(split: str, count: int, write_wav: Callable[..., Path], seed: int) -> list[Utterance]:
    paths = [write_wav(f"{split}-{n}.wav", 0.5 + 0.1 * n, seed=10 * seed + n) for n in range(count)]
    return [
        Utterance(f"{split}-{n}", path, 0.5 + 0.1 * n, "en", text="The cat sees, a dog!")
        for n, path in enumerate(paths)
    ]


def with_utterance(corpus: Corpus, split: str, **changes: object) -> None:
    """The first utterance of a split is another."""
    from unsup_asr.data.manifest import read_manifest

    first, *others = read_manifest(corpus.manifest(split))
    write_manifest(corpus.manifest(split), [replace(first, **changes), *others])


def test_the_speech_of_every_split_is_there_in_three_forms(corpus: Corpus, tmp_path: Path) -> None:
    assert export(corpus, ENCODER, CONFIG, tmp_path / "out") == ()
    features = tmp_path / "out" / "features"
    for split, ids in {"train": 3, "valid": 2, "test": 2}.items():
        raw, merged, pooled = (
            read_features(features / form, split) for form in ("", POOLED.removesuffix("_pooled"), POOLED)
        )
        assert raw.lengths.tolist() == [51 + 10 * n for n in range(ids)]
        assert (raw.frames.shape[1], merged.frames.shape[1]) == (40, 20)
        assert (merged.lengths <= raw.lengths).all() and len(merged.frames) < len(raw.frames)
        assert np.array_equal(pooled.frames, np.concatenate([paired(frames) for _, frames in merged]))
        assert raw.utterances == merged.utterances == pooled.utterances


def test_references_are_those_of_validation_and_test_alone(corpus: Corpus, tmp_path: Path) -> None:
    export(corpus, ENCODER, CONFIG, tmp_path / "out")
    features = tmp_path / "out" / "features" / POOLED
    assert not list(features.glob("train.phn")) and not list(features.glob("train.wrd"))
    for split in ("valid", "test"):
        reference = read_features(features, split).utterances[0].reference
        assert reference and reference.words == ("the", "cat", "sees", "a", "dog")
        assert " ".join(reference.phones) == "D @2 k a t s i: z eI d 0 g"


def test_text_and_speech_have_one_dictionary(corpus: Corpus, tmp_path: Path) -> None:
    export(corpus, ENCODER, CONFIG, tmp_path / "out")
    symbols = read_symbols(tmp_path / "out" / "text" / "phones" / "dict.txt")
    assert symbols == read_symbols(tmp_path / "out" / "features" / "dict.phn.txt")
    assert symbols == read_symbols(tmp_path / "out" / "features" / POOLED / "dict.phn.txt")


def test_what_cannot_be_heard_is_left_out(corpus: Corpus, tmp_path: Path) -> None:
    with_utterance(corpus, "train", audio_filepath=tmp_path / "none.wav")
    (gone,) = export(corpus, ENCODER, CONFIG, tmp_path / "out")
    assert gone.id == "train-0" and "cannot be read" in gone.reason
    kept = read_features(tmp_path / "out" / "features" / POOLED, "train").utterances
    assert [utterance.id for utterance in kept] == ["train-1", "train-2"]


def test_what_is_too_short_for_wav2vec_u_is_left_out(corpus: Corpus, tmp_path: Path) -> None:
    with_utterance(corpus, "test", duration=0.03)
    assert {gone.id for gone in export(corpus, ENCODER, CONFIG, tmp_path / "out")} == {"test-0"}
    kept = read_features(tmp_path / "out" / "features" / POOLED, "test").utterances
    assert [utterance.id for utterance in kept] == ["test-1"]


def test_speech_of_another_language_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    with_utterance(corpus, "train", lang="hi")
    with pytest.raises(UsageError, match="train-0 is spoken in 'hi', the captions are English"):
        export(corpus, ENCODER, CONFIG, tmp_path / "out")


def test_a_phone_that_the_captions_lack_is_named(corpus: Corpus, tmp_path: Path) -> None:
    with_utterance(corpus, "test", text="a ship")
    with pytest.raises(InputError, match="test-0: symbol 'S' is none of the"):
        export(corpus, ENCODER, CONFIG, tmp_path / "out")
