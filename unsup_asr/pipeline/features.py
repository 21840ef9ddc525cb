"""Pooled segments and picture embeddings of every split, computed once and cached."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import torch
from PIL.Image import Image
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional

from unsup_asr.corpora.cache import Corpus, cache_folder, fingerprint, locked
from unsup_asr.corpora.manifests import ManifestsConfig
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

Read = TypeVar("Read")
# Pictures that CLIP sees at once.
_PICTURES = 64


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
    """The segments [n, S, D] and spans [n, 2] of an utterance."""

    segments: Tensor
    spans: Tensor


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
        words = SpokenWords.read(folder / "words.safetensors")
        return Split(words.to(self.config.device), set_aside)

    def _key(self, name: str) -> str:
        return fingerprint(
            {
                "version": 1,
                "corpus": self.corpus.key,
                "split": name,
                "media": self._media_states(name),
                "clip": self.clip_key,
                "encoder": self.config.encoder,
                "log_mel": asdict(self.config.log_mel),
                "slots": self.config.slots,
                "segmenter": self.config.segmenter,
                "words_per_second": self.words_per_second,
            }
        )

    def _media_states(self, name: str) -> list[tuple[int, int]]:
        """Bytes and time of every recording and picture of one's own, zeros where it is missing.

        A mended file is another file. What was generated is known by the key of its corpus.
        """
        if not isinstance(self.config.data, ManifestsConfig):
            return []
        utterances = read_manifest(self.corpus.manifest(name))
        paths = [
            path for u in utterances for path in (u.audio_filepath, u.image_filepath) if path is not None
        ]
        states = [path.stat() if path.exists() else None for path in paths]
        return [(state.st_size, state.st_mtime_ns) if state else (0, 0) for state in states]

    def _extract(self, name: str, folder: Path) -> None:
        utterances = read_manifest(self.corpus.manifest(name))
        pictures = self._embed_pictures(name, utterances)
        kept: list[tuple[Utterance, _Heard]] = []
        set_aside: list[SetAside] = []
        with progress(f"hearing ({name})", len(utterances)) as report, ThreadPoolExecutor(2) as threads:
            results = threads.map(partial(_attempt, self._hear), utterances)
            for done, (utterance, heard) in enumerate(zip(utterances, results, strict=True), start=1):
                seen = pictures[utterance.picture]
                if isinstance(heard, str) or isinstance(seen, str):
                    reasons = [reason for reason in (heard, seen) if isinstance(reason, str)]
                    set_aside.append(SetAside(utterance.id, "; ".join(reasons)))
                else:
                    kept.append((utterance, heard))
                report(done)
        if not kept:
            raise InputError(
                f"none of {len(utterances)} utterances can be used; the first: {set_aside[0].reason}",
                where=self.corpus.manifest(name),
            )
        write_jsonl(folder / "set_aside.jsonl", [asdict(item) for item in set_aside])
        _spoken_words(kept, pictures).write(folder / "words.safetensors")

    def _hear(self, utterance: Utterance) -> _Heard:
        """The segments of one utterance."""
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
        return _Heard(pool_segments(frames, edges, self.config.slots), spans)

    def _embed_pictures(self, name: str, utterances: Sequence[Utterance]) -> dict[str, Tensor | str]:
        """The embedding [E] of every picture, each but once, or why there is none."""
        described = {utterance.picture: utterance for utterance in utterances}
        file = getattr(self.config.data, "embeddings", None)
        if file is not None:
            return _look_up(described, Path(file))
        embeddings: dict[str, Tensor | str] = {}
        pictures = list(described.items())
        with progress(f"seeing ({name})", len(described)) as report, ThreadPoolExecutor(2) as threads:
            for first in range(0, len(pictures), _PICTURES):
                batch = pictures[first : first + _PICTURES]
                images = list(threads.map(partial(_attempt, _picture), [utterance for _, utterance in batch]))
                whole = [image for image in images if not isinstance(image, str)]
                rows = iter(self.clip.encode_images(whole).cpu() if whole else ())
                for (key, _), image in zip(batch, images, strict=True):
                    embeddings[key] = image if isinstance(image, str) else next(rows)
                report(len(embeddings))
        return embeddings


def _picture(utterance: Utterance) -> Image:
    if utterance.image_filepath is None:
        raise InputError(
            "has no picture", where=utterance.id, remedy="give image_filepath, or data.embeddings=FILE"
        )
    return read_image(utterance.image_filepath)


def _look_up(described: Mapping[str, Utterance], file: Path) -> dict[str, Tensor | str]:
    """Embeddings by `image_id` from a safetensors file, brought to unit length."""
    try:
        table = load_file(file)
    except (SafetensorError, OSError) as error:
        raise InputError(f"cannot be read: {error}", where=file, remedy="correct data.embeddings") from error
    return {key: _unit(table.get(key), f"{file}: {key}") for key in described}


def _unit(embedding: Tensor | None, where: str) -> Tensor | str:
    """An embedding at unit length, or why it cannot be used."""
    if embedding is None:
        return f"{where}: no such image_id (add it, or correct the manifest)"
    if not torch.isfinite(embedding).all():
        return f"{where}: the embedding is not finite (compute it again, or leave the picture out)"
    return functional.normalize(embedding.float(), dim=-1)


def _spoken_words(
    kept: Sequence[tuple[Utterance, _Heard]], pictures: Mapping[str, Tensor | str]
) -> SpokenWords:
    keys = [utterance.picture for utterance, _ in kept]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return SpokenWords(
        tuple(utterance.id for utterance, _ in kept),
        torch.cat([heard.segments for _, heard in kept]),
        layout_of([len(heard.spans) for _, heard in kept]),
        torch.cat([heard.spans for _, heard in kept]),
        torch.stack([seen for key in keys if isinstance(seen := pictures[key], Tensor)]),
        torch.tensor([numbers[key] for key in keys]),
    )


def _attempt(read: Callable[[Utterance], Read], utterance: Utterance) -> Read | str:
    """What was read, or why nothing could be: one bad file does not lose the others."""
    try:
        return read(utterance)
    except UsageError:
        raise
    except ValueError as error:  # InputError and SegmentationError, each naming file and remedy
        return str(error)
