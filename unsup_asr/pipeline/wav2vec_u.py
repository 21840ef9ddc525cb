"""A corpus as the published wav2vec-U learns from it: for a baseline on the same speech and captions.

    OUT/features                                      frames of a speech encoder
    OUT/features/precompute_pcaP_clsK_mean            projected, runs of one cluster averaged
    OUT/features/precompute_pcaP_clsK_mean_pooled     and pairs of neighbours, too
    OUT/text/lexicon_filtered.lst                     the words of the captions and their phones
    OUT/text/phones                                   the captions as phones, with dictionary and n-gram model

Folders and files have the names that fairseq's `prepare_audio.sh` and `prepare_text.sh` give them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from unsup_asr.corpora.cache import Corpus
from unsup_asr.corpora.wav2vec_u.features import SHORTEST, read_features, write_features
from unsup_asr.corpora.wav2vec_u.lists import Reference, Spoken
from unsup_asr.corpora.wav2vec_u.phones import pronounce
from unsup_asr.corpora.wav2vec_u.pooling import Pooling, PoolingConfig, paired
from unsup_asr.corpora.wav2vec_u.symbols import Symbols, write_symbols
from unsup_asr.corpora.wav2vec_u.text import TextConfig, write_captions
from unsup_asr.data.audio import read_audio
from unsup_asr.data.captions import normalise, read_captions
from unsup_asr.data.manifest import Utterance, read_manifest
from unsup_asr.data.normalisers import is_english
from unsup_asr.encoders.speech import SpeechEncoder
from unsup_asr.errors import InputError, UsageError
from unsup_asr.pipeline.setting_aside import SetAside, attempt
from unsup_asr.progress import progress

# Our splits by fairseq's names.
SPLITS = {"train": "train", "valid": "validation", "test": "test"}
_TRAIN = "train"
_DICTIONARY = "dict.phn.txt"

Frames = NDArray[np.float32]


@dataclass
class Wav2VecUConfig:
    """How a corpus is prepared for wav2vec-U.

    Attributes:
        pooling: of the speech.
        text: of the captions.
    """

    pooling: PoolingConfig = field(default_factory=PoolingConfig)
    text: TextConfig = field(default_factory=TextConfig)


def export(
    corpus: Corpus, encoder: SpeechEncoder, config: Wav2VecUConfig, folder: Path
) -> tuple[SetAside, ...]:
    """Write a corpus for wav2vec-U.

    Validation and test get their transcripts as phones and words, for scores alone; training speech gets none.

    Args:
        corpus: English speech and captions.
        encoder: what hears the speech.
        config: how.
        folder: a new one.

    Returns:
        The utterances left out.

    Raises:
        UsageError: the speech is not English, as the captions are.
        InputError: a manifest or the captions cannot be read, no utterance of a split can be used, or a
            transcript has a phone that the captions lack.
    """
    manifests = {split: corpus.manifest(name) for split, name in SPLITS.items()}
    splits = {split: read_manifest(path) for split, path in manifests.items() if path.exists()}
    _check_language(corpus, splits[_TRAIN])
    symbols = write_captions(read_captions(corpus.captions), config.text, folder / "text")
    spoken = {split: _spoken(split, utterances, symbols) for split, utterances in splits.items()}
    features, set_aside = folder / "features", list[SetAside]()
    for split, utterances in splits.items():
        heard = _heard(split, utterances, encoder, set_aside)
        named = ((spoken[split][id], frames) for id, frames in heard)
        write_features(features, split, _long_enough(named, set_aside))
    for place in (features, *_pool(features, tuple(splits), config.pooling, set_aside)):
        write_symbols(place / _DICTIONARY, symbols)
    return tuple(set_aside)


def _check_language(corpus: Corpus, utterances: Sequence[Utterance]) -> None:
    other = next((u for u in utterances if not is_english(u.lang)), None)
    if other is not None:
        fault = f"{other.id} is spoken in {other.lang!r}, the captions are English"
        remedy = "wav2vec-U needs speech and text of one language"
        raise UsageError(fault, where=corpus.manifest(_TRAIN), remedy=remedy)


def _spoken(split: str, utterances: Sequence[Utterance], symbols: Symbols) -> dict[str, Spoken]:
    """The utterances by id, with references where it is not training speech and all have a text."""
    spoken = {u.id: Spoken(u.id, u.audio_filepath, round(u.duration * 16000)) for u in utterances}
    texts = {u.id: normalise(u.text) for u in utterances if u.text}
    if split == _TRAIN or len(texts) < len(spoken):
        return spoken
    lexicon = pronounce(word for words in texts.values() for word in words)
    for id, words in texts.items():
        phones = tuple(phone for word in words for phone in lexicon.get(word, ()))
        try:
            symbols.encode(phones)
        except InputError as error:
            raise InputError(error.what, where=id, remedy=error.remedy) from error
        spoken[id] = replace(spoken[id], reference=Reference(tuple(words), phones))
    return spoken


def _heard(
    split: str, utterances: Sequence[Utterance], encoder: SpeechEncoder, set_aside: list[SetAside]
) -> Iterator[tuple[str, Frames]]:
    """The frames [T, D] of each utterance by id; what cannot be heard is set aside."""

    def read(utterance: Utterance) -> Tensor:
        path = utterance.audio_filepath
        return torch.from_numpy(read_audio(path, encoder.rate, utterance.offset, utterance.duration))

    attempt_to_read: Callable[[Utterance], Tensor | str] = partial(attempt, read)
    with progress(f"hearing ({split})", len(utterances)) as report, ThreadPoolExecutor(2) as threads:
        recordings = zip(utterances, threads.map(attempt_to_read, utterances), strict=True)
        for done, (utterance, samples) in enumerate(recordings, start=1):
            if isinstance(samples, str):
                set_aside.append(SetAside(utterance.id, samples))
            else:
                yield utterance.id, encoder.encode(samples).numpy()
            report(done)


def _pool(
    features: Path, splits: Sequence[str], config: PoolingConfig, set_aside: list[SetAside]
) -> tuple[Path, Path]:
    """Write the two pooled forms of every split; returns their folders."""
    pooling = Pooling.fit(read_features(features, _TRAIN).frames, config)
    kind = f"precompute_pca{pooling.components.shape[1]}_cls{config.clusters}_mean"
    merged, pooled = features / kind, features / f"{kind}_pooled"
    for split in splits:
        runs = ((spoken, pooling.merged(frames)) for spoken, frames in read_features(features, split))
        write_features(merged, split, _long_enough(runs, set_aside))
        pairs = ((spoken, paired(frames)) for spoken, frames in read_features(merged, split))
        write_features(pooled, split, _long_enough(pairs, set_aside))
    return merged, pooled


def _long_enough(
    utterances: Iterable[tuple[Spoken, Frames]], set_aside: list[SetAside]
) -> Iterator[tuple[Spoken, Frames]]:
    """Those that wav2vec-U would not pass over; the others are set aside."""
    for spoken, frames in utterances:
        if len(frames) >= SHORTEST:
            yield spoken, frames
        else:
            fault = f"only {len(frames)} frames are left, wav2vec-U needs {SHORTEST}"
            set_aside.append(SetAside(spoken.id, fault))
