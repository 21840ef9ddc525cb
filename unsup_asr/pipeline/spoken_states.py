"""Hidden states and picture embeddings of every split, computed once and cached."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial

import torch
from torch import Tensor

from unsup_asr.corpora.cache import Corpus, cache_folder
from unsup_asr.data.audio import read_audio
from unsup_asr.data.manifest import Utterance, read_manifest
from unsup_asr.data.numbering import numbered
from unsup_asr.data.spoken_states import SpokenStates
from unsup_asr.encoders.feature_cache import FeatureCache
from unsup_asr.encoders.feature_keys import audio_key, features_key
from unsup_asr.encoders.speech import SpeechEncoder
from unsup_asr.encoders.state_sources import CachedStates
from unsup_asr.errors import InputError
from unsup_asr.pipeline.pictures import PictureEmbedder
from unsup_asr.pipeline.setting_aside import SetAside, attempt
from unsup_asr.progress import progress

# Utterances that are heard at once.
_BATCH = 64


@dataclass(frozen=True)
class HeardSplit:
    """One split, heard whole.

    Attributes:
        spoken: its hidden states and pictures.
        utterances: those of the manifest that could be used, in the same order.
        set_aside: those that could not, with the reason.
    """

    spoken: SpokenStates
    utterances: tuple[Utterance, ...]
    set_aside: tuple[SetAside, ...]


@dataclass(frozen=True)
class StateExtractor:
    """Hears the splits of a corpus.

    Attributes:
        corpus: whose splits.
        name: of the encoder.
        encoder: the speech encoder.
        pictures: embeds their pictures.
        device: where training wants them.
    """

    corpus: Corpus
    name: str
    encoder: SpeechEncoder
    pictures: PictureEmbedder
    device: str

    @cached_property
    def cache(self) -> FeatureCache:
        """The encoder's features, whatever recordings they are of."""
        return FeatureCache(cache_folder() / "states" / features_key(self.name, self.encoder))

    def split(self, name: str) -> HeardSplit:
        """The hidden states of `train`, `validation` or `test`; what the cache has is not heard again.

        Raises:
            InputError: no utterance of the split can be used.
        """
        utterances = read_manifest(self.corpus.manifest(name))
        seen = self.pictures.embed(name, utterances)
        heard = self._hear(name, utterances)
        kept, keys, images, set_aside = [], [], [], []
        for utterance in utterances:
            key, image = heard[utterance.id], seen[utterance.picture]
            if isinstance(key, _Key) and isinstance(image, Tensor):
                kept.append(utterance)
                keys.append(key.value)
                images.append(image)
            else:
                faults = [fault for fault in (key, image) if isinstance(fault, str)]
                set_aside.append(SetAside(utterance.id, "; ".join(faults)))
        if not kept:
            raise InputError(
                f"none of {len(utterances)} utterances can be used; the first: {set_aside[0].reason}",
                where=self.corpus.manifest(name),
            )
        spoken = SpokenStates(
            tuple(utterance.id for utterance in kept),
            CachedStates(self.cache, keys, self.device),
            torch.stack(images).to(self.device),
            numbered([utterance.picture for utterance in kept]).to(self.device),
            torch.tensor([utterance.duration for utterance in kept]),
        )
        return HeardSplit(spoken, tuple(kept), tuple(set_aside))

    def _hear(self, name: str, utterances: Sequence[Utterance]) -> dict[str, "_Key | str"]:
        """By utterance, the key of its states in the cache, or why there are none."""
        found: dict[str, _Key | str] = {}
        with progress(f"hearing ({name})", len(utterances)) as report, ThreadPoolExecutor(2) as threads:

            def new_states() -> Iterator[tuple[str, Tensor]]:
                for first in range(0, len(utterances), _BATCH):
                    batch = utterances[first : first + _BATCH]
                    yield from self._encode(batch, threads.map(partial(attempt, self._read), batch), found)
                    report(first + len(batch))

            self.cache.write(new_states())
        return found

    def _encode(
        self, batch: Sequence[Utterance], read: Iterable[Tensor | str], found: dict[str, "_Key | str"]
    ) -> Iterator[tuple[str, Tensor]]:
        """The states that the cache lacks; what was found of each utterance goes into `found`."""
        waveforms: dict[str, Tensor] = {}
        owners: dict[str, list[str]] = {}
        for utterance, samples in zip(batch, read, strict=True):
            if isinstance(samples, str):
                found[utterance.id] = samples
                continue
            key = audio_key(samples, self.encoder.rate)
            found[utterance.id], waveforms[key] = _Key(key), samples
            owners.setdefault(key, []).append(utterance.id)
        new = self.cache.missing(waveforms)
        for key, states in zip(new, self.encoder.encode_states([waveforms[key] for key in new]), strict=True):
            if torch.isfinite(states).all():
                yield key, states
            else:
                fault = "the encoder's features are not finite (leave it out)"
                found.update({id: f"{id}: {fault}" for id in owners[key]})

    def _read(self, utterance: Utterance) -> Tensor:
        rate = self.encoder.rate
        samples = read_audio(utterance.audio_filepath, rate, utterance.offset, utterance.duration)
        return torch.from_numpy(samples)


@dataclass(frozen=True)
class _Key:
    """Where in the cache the states of an utterance are."""

    value: str
