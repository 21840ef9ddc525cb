"""Pooled segments and picture embeddings of every split, computed once and cached."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path

import torch
from torch import Tensor

from segmenters.errors import SegmentationError
from segmenters.recognised.candidates import CandidatesConfig
from segmenters.recognised.heard import Heard
from segmenters.segmentation import Segmentation, write_segmentations
from segmenters.speech import Frames, Segmenter, Speech
from unsup_asr.corpora.cache import Corpus, cache_folder, fingerprint, locked
from unsup_asr.data.audio import read_audio
from unsup_asr.data.manifest import Utterance, read_manifest
from unsup_asr.data.numbering import numbered
from unsup_asr.data.spoken_words import SpokenWords, layout_of
from unsup_asr.encoders.clip import Clip
from unsup_asr.encoders.pooling import frame_edges, pool_segments, spoken_in
from unsup_asr.encoders.speech import SpeechEncoder
from unsup_asr.errors import InputError
from unsup_asr.files import read_jsonl, write_jsonl
from unsup_asr.pipeline.config import RunConfig
from unsup_asr.pipeline.media import media_states
from unsup_asr.pipeline.pictures import PictureEmbedder
from unsup_asr.pipeline.segmenters import Segmenters
from unsup_asr.pipeline.setting_aside import SetAside, attempt
from unsup_asr.progress import progress
from unsup_asr.segmentation.batches import segment_each
from unsup_asr.segmentation.encoded import encode, hear

# Utterances that are cut at once.
_BATCH = 64
_WORDS, _SEGMENTS = "words.safetensors", "segments.jsonl"


@dataclass(frozen=True)
class Split:
    """One split as training and decoding see it.

    Attributes:
        words: pooled segments, layout, picture embeddings.
        set_aside: utterances left out, with the reason.
        segments: the file of the segmentations of those that are not.
    """

    words: SpokenWords
    set_aside: tuple[SetAside, ...]
    segments: Path


@dataclass(frozen=True)
class _Heard:
    """The segments [n, S, D] and spans [n, 2] of an utterance, and the spans as they were found."""

    segments: Tensor
    spans: Tensor
    segmentation: Segmentation


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

    @cached_property
    def pictures(self) -> PictureEmbedder:
        """What embeds the pictures."""
        file = getattr(self.config.data, "embeddings", None)
        return PictureEmbedder(self.clip, None if file is None else Path(file), self.clip_key)

    @cached_property
    def segmenters(self) -> Segmenters:
        """The segmenters of the run."""
        return Segmenters(self.config, self.corpus, self.words_per_second, self.pictures, self.clip_key)

    def split(self, name: str) -> Split:
        """The features of `train`, `validation` or `test`, from the cache if they are there.

        Raises:
            InputError: no utterance of the split can be used.
        """
        folder = cache_folder() / "features" / self._key(name)
        with locked(folder):
            if not ((folder / _WORDS).exists() and (folder / _SEGMENTS).exists()):
                self._extract(name, folder)
        set_aside = tuple(SetAside(**row) for row in read_jsonl(folder / "set_aside.jsonl"))
        words = SpokenWords.read(folder / _WORDS)
        return Split(words.to(self.config.device), set_aside, folder / _SEGMENTS)

    def heard(self, name: str, ids: Sequence[str], candidates: CandidatesConfig) -> list[Heard]:
        """The frames of some utterances of a split, and the boundaries that a recogniser may choose from."""
        utterances = {utterance.id: utterance for utterance in read_manifest(self.corpus.manifest(name))}
        heard = []
        with progress(f"hearing anew ({name})", len(ids)) as report, ThreadPoolExecutor(2) as threads:
            for speech in threads.map(self._read, [utterances[id] for id in ids]):
                heard.append(hear(speech, self.encoder, self.words_per_second, candidates))
                report(len(heard))
        return heard

    def frames(self, name: str, ids: Sequence[str]) -> list[Frames]:
        """The frames of some utterances of a split, by their ids."""
        utterances = {utterance.id: utterance for utterance in read_manifest(self.corpus.manifest(name))}
        heard = []
        with progress(f"hearing anew ({name})", len(ids)) as report, ThreadPoolExecutor(2) as threads:
            for speech in threads.map(self._read, [utterances[id] for id in ids]):
                heard.append(encode(speech, self.encoder))
                report(len(heard))
        return heard

    def _key(self, name: str) -> str:
        made_of = self.segmenters.key(self.config.segmenter)
        return fingerprint(
            {
                "version": 1,
                "corpus": self.corpus.key,
                "split": name,
                "media": media_states(self.config, self.corpus, name),
                "clip": self.clip_key,
                "encoder": self.config.encoder,
                "log_mel": asdict(self.config.log_mel),
                "slots": self.config.slots,
                "segmenter": self.config.segmenter,
                "words_per_second": self.words_per_second,
                **({} if made_of is None else {"segmentation": made_of}),
                **({"languages": self.config.languages} if self.config.languages else {}),
            }
        )

    def _extract(self, name: str, folder: Path) -> None:
        utterances = read_manifest(self.corpus.manifest(name))
        pictures = self.pictures.embed(name, utterances)
        segmenter = self.segmenters.of(self.config.segmenter, utterances)
        kept: list[tuple[Utterance, _Heard]] = []
        set_aside: list[SetAside] = []
        with progress(f"hearing ({name})", len(utterances)) as report, ThreadPoolExecutor(2) as threads:
            for done, (utterance, heard) in enumerate(self._hear(utterances, segmenter, threads), start=1):
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
        write_segmentations(folder / _SEGMENTS, [heard.segmentation for _, heard in kept])
        _spoken_words(kept, pictures).write(folder / _WORDS)

    def _hear(
        self, utterances: Sequence[Utterance], segmenter: Segmenter, threads: ThreadPoolExecutor
    ) -> Iterator[tuple[Utterance, _Heard | str]]:
        """Each utterance with its segments, or why there are none."""
        for first in range(0, len(utterances), _BATCH):
            batch = utterances[first : first + _BATCH]
            read = list(threads.map(partial(attempt, self._read), batch))
            whole = [speech for speech in read if isinstance(speech, Speech)]
            cuts = iter(zip(whole, segment_each(segmenter, whole), strict=True))
            pairs = [next(cuts) if isinstance(speech, Speech) else speech for speech in read]
            yield from zip(batch, threads.map(self._pooled, batch, pairs), strict=True)

    def _read(self, utterance: Utterance) -> Speech:
        rate = self.encoder.rate
        samples = read_audio(utterance.audio_filepath, rate, utterance.offset, utterance.duration)
        return Speech(utterance.id, samples, rate)

    def _pooled(
        self, utterance: Utterance, cut: tuple[Speech, Segmentation | SegmentationError] | str
    ) -> _Heard | str:
        """The segments of an utterance, or why it has none."""
        languages = self.config.languages
        if isinstance(cut, str):
            return cut
        if len(languages) > 1 and utterance.lang not in languages:
            fault = f"is in {utterance.lang!r}, languages are {', '.join(languages)} (add it there)"
            return f"{utterance.id}: {fault}"
        speech, found = cut
        if isinstance(found, SegmentationError):
            return str(found)
        spans = torch.tensor([[span.start, span.end] for span in found.spans], dtype=torch.float64)
        frames = self.encoder.encode(torch.from_numpy(speech.samples))
        if not torch.isfinite(frames).all():
            return f"{speech.id}: the encoder's features are not finite (leave it out)"
        edges = frame_edges(self.encoder.frame_times(len(frames)), spans)
        pooled = pool_segments(frames, edges, self.config.slots)
        return _Heard(spoken_in(pooled, languages, utterance.lang), spans, found)


def _spoken_words(
    kept: Sequence[tuple[Utterance, _Heard]], pictures: Mapping[str, Tensor | str]
) -> SpokenWords:
    keys = [utterance.picture for utterance, _ in kept]
    return SpokenWords(
        tuple(utterance.id for utterance, _ in kept),
        torch.cat([heard.segments for _, heard in kept]),
        layout_of([len(heard.spans) for _, heard in kept]),
        torch.cat([heard.spans for _, heard in kept]),
        torch.stack([seen for key in keys if isinstance(seen := pictures[key], Tensor)]),
        numbered(keys),
    )
