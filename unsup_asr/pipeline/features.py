"""Pooled segments and picture embeddings of every split, computed once and cached."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from unsup_asr.corpora.cache import Corpus, cache_folder, fingerprint, locked
from unsup_asr.data.audio import read_audio
from unsup_asr.data.images import read_image
from unsup_asr.data.manifest import Utterance, read_manifest
from unsup_asr.data.spoken_words import SpokenWords, layout_of
from unsup_asr.encoders.clip import Clip
from unsup_asr.encoders.pooling import frame_edges, pool_segments
from unsup_asr.encoders.speech import SpeechEncoder
from unsup_asr.errors import InputError, UsageError
from unsup_asr.files import read_jsonl, write_jsonl
from unsup_asr.pipeline.config import RunConfig
from unsup_asr.progress import progress
from unsup_asr.segmentation import segment


@dataclass(frozen=True)
class SetAside:
    """An utterance that could not be used, and why."""

    id: str
    reason: str


@dataclass(frozen=True)
class Split:
    """One split as training and decoding see it.

    Attributes:
        words: pooled segments, layout, picture embeddings.
        set_aside: utterances left out, with the reason.
    """

    words: SpokenWords
    set_aside: tuple[SetAside, ...]


@dataclass(frozen=True)
class _Heard:
    """The segments [n, S, D] and spans [n, 2] of an utterance, and its picture's embedding [E]."""

    segments: Tensor
    spans: Tensor
    image: Tensor


@dataclass(frozen=True)
class FeatureExtractor:
    """Turns manifests into `SpokenWords`.

    Attributes:
        config: encoder, slots, segmenter.
        corpus: whose splits these are.
        encoder: the speech encoder.
        clip: the picture encoder.
        clip_key: names it in cache keys.
        words_per_second: for segmenters that need a rate.
    """

    config: RunConfig
    corpus: Corpus
    encoder: SpeechEncoder
    clip: Clip
    clip_key: str
    words_per_second: float

    def split(self, name: str) -> Split:
        """The features of `train`, `validation` or `test`, from the cache if they are there.

        Raises:
            InputError: no utterance of the split can be used.
        """
        folder = cache_folder() / "features" / self._key(name)
        with locked(folder):
            if not (folder / "words.safetensors").exists():
                self._extract(name, folder)
        set_aside = tuple(SetAside(**row) for row in read_jsonl(folder / "set_aside.jsonl"))
        return Split(SpokenWords.read(folder / "words.safetensors"), set_aside)

    def _key(self, name: str) -> str:
        return fingerprint(
            {
                "version": 1,
                "corpus": self.corpus.key,
                "split": name,
                "clip": self.clip_key,
                "encoder": self.config.encoder,
                "log_mel": asdict(self.config.log_mel),
                "slots": self.config.slots,
                "segmenter": self.config.segmenter,
                "words_per_second": self.words_per_second,
            }
        )

    def _extract(self, name: str, folder: Path) -> None:
        utterances = read_manifest(self.corpus.manifest(name))
        look = self._embedder()
        heard: list[_Heard] = []
        kept: list[Utterance] = []
        set_aside: list[SetAside] = []
        with progress(f"features ({name})", len(utterances)) as report, ThreadPoolExecutor(2) as threads:
            jobs = threads.map(partial(_try, partial(self._hear, look)), utterances)
            for done, (utterance, result) in enumerate(zip(utterances, jobs, strict=True), start=1):
                if isinstance(result, _Heard):
                    heard.append(result)
                    kept.append(utterance)
                else:
                    set_aside.append(SetAside(utterance.id, result))
                report(done)
        if not heard:
            raise InputError(
                f"none of {len(utterances)} utterances can be used; the first: {set_aside[0].reason}",
                where=self.corpus.manifest(name),
            )
        pictures = {key: number for number, key in enumerate(dict.fromkeys(map(_picture, kept)))}
        words = SpokenWords(
            tuple(utterance.id for utterance in kept),
            torch.cat([item.segments for item in heard]),
            layout_of([len(item.spans) for item in heard]),
            torch.cat([item.spans for item in heard]),
            torch.stack([item.image for item in heard]),
            torch.tensor([pictures[_picture(utterance)] for utterance in kept]),
        )
        write_jsonl(folder / "set_aside.jsonl", [asdict(item) for item in set_aside])
        words.write(folder / "words.safetensors")

    def _hear(self, look: Callable[[Utterance], Tensor], utterance: Utterance) -> _Heard:
        """All that is needed of one utterance."""
        samples = read_audio(
            utterance.audio_filepath, self.encoder.rate, utterance.offset, utterance.duration
        )
        found = segment(
            self.config.segmenter,
            utterance.id,
            samples,
            self.encoder.rate,
            utterance.words,
            self.words_per_second,
        )
        spans = torch.tensor([[span.start, span.end] for span in found.spans], dtype=torch.float64)
        frames = self.encoder.encode(torch.from_numpy(samples))
        if not torch.isfinite(frames).all():
            raise InputError(
                "the encoder's features are not finite", where=utterance.audio_filepath, remedy="leave it out"
            )
        edges = frame_edges(self.encoder.frame_times(len(frames)), spans)
        return _Heard(pool_segments(frames, edges, self.config.slots), spans, look(utterance))

    def _embedder(self) -> Callable[[Utterance], Tensor]:
        """How an utterance's picture is embedded: from its file, or looked up by `image_id`."""
        file = getattr(self.config.data, "embeddings", None)
        if file is None:
            return self._embed_file
        return partial(_look_up, _read_embeddings(file), file)

    def _embed_file(self, utterance: Utterance) -> Tensor:
        if utterance.image_filepath is None:
            raise InputError(
                "has no picture", where=utterance.id, remedy="give image_filepath, or data.embeddings=FILE"
            )
        return self.clip.encode_images([read_image(utterance.image_filepath)])[0].cpu()


def _read_embeddings(file: str) -> dict[str, Tensor]:
    try:
        return load_file(file)
    except (SafetensorError, OSError) as error:
        remedy = "give a safetensors file of vectors by image_id"
        raise InputError(f"cannot be read: {error}", where=file, remedy=remedy) from error


def _look_up(table: Mapping[str, Tensor], file: str, utterance: Utterance) -> Tensor:
    """The unit embedding of an utterance's picture."""
    found = table.get(utterance.image_id or "")
    if found is None:
        fault = f"image_id {utterance.image_id!r} of {utterance.id} is not in the embeddings"
        raise InputError(fault, where=file, remedy="add it, or correct the manifest")
    if not torch.isfinite(found).all():
        fault = f"the embedding of {utterance.image_id!r} is not finite"
        raise InputError(fault, where=file, remedy="compute it again, or leave the picture out")
    return torch.nn.functional.normalize(found.float(), dim=-1)


def _try(hear: Callable[[Utterance], _Heard], utterance: Utterance) -> _Heard | str:
    """What was heard, or why nothing could be: one bad file does not lose the others."""
    try:
        return hear(utterance)
    except UsageError:
        raise
    except ValueError as error:  # InputError and SegmentationError, each naming file and remedy
        return str(error)


def _picture(utterance: Utterance) -> str:
    return utterance.image_id or str(utterance.image_filepath)
