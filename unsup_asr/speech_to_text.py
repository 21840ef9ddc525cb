"""A trained model, ready to listen: recordings in, English text out."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from lm.arpa import Arpa, read_arpa, write_arpa
from lm.tensor_model import EntryLM
from segmenters.recognised.recogniser import Recogniser
from segmenters.segmentation import Segmentation
from segmenters.speech import Frames, Speech
from unsup_asr.data.audio import read_audio
from unsup_asr.data.shortlist import Shortlist
from unsup_asr.data.spoken_words import SpokenWords, layout_of
from unsup_asr.data.vocabulary import Vocabulary
from unsup_asr.decoding.decoder import Decoder, DecoderConfig
from unsup_asr.decoding.transcription import Transcription, transcription_of
from unsup_asr.decoding.translator import Translator
from unsup_asr.encoders.log_mel import LogMelConfig
from unsup_asr.encoders.pooling import frame_edges, pool_segments, spoken_in
from unsup_asr.encoders.speech import SpeechEncoder, load_encoder, portable_name
from unsup_asr.errors import InputError
from unsup_asr.files import read_json, replacing, write_json, write_text
from unsup_asr.models.generator import GeneratorConfig, WordGenerator
from unsup_asr.reports.model_card import model_card
from unsup_asr.segmentation.config import SegmentationConfig
from unsup_asr.segmentation.methods import STATELESS
from unsup_asr.segmentation.recipe import SegmenterRecipe
from unsup_asr.segmentation.speech_segmenter import SpeechSegmenter, load_segmenter, make_unlearned

SEGMENTER, TRANSLATOR = "segmenter", "translator"
CONFIG, WEIGHTS, VOCABULARY, LM, CARD = (
    "config.json",
    "model.safetensors",
    "vocabulary.json",
    "lm.arpa.gz",
    "README.md",
)

# Headers and aligners round: a segmentation may overrun the speech by this many seconds.
_ROUNDING = 0.1

Audio = str | Path | npt.NDArray[np.floating]


@dataclass
class SpeechToTextConfig:
    """How a model listens and writes; what the weights themselves tell is not repeated here.

    Attributes:
        language: code of the spoken language.
        encoder: name of the speech encoder, as `load_encoder` takes it.
        log_mel: the log-mel encoder.
        slots: parts of a segment that its frames are pooled into.
        decoder: weights and beam.
        trained_on_gold_times: whether its word times in training were true ones.
        segmenter: finds the words where no segmentation is given; for a model trained on true word times,
            the fallback.
        words_per_second: rate of words that the segmenter expects.
        languages: codes of all the languages that it hears, where there are several.
    """

    language: str
    encoder: str
    log_mel: LogMelConfig
    slots: int
    decoder: DecoderConfig
    trained_on_gold_times: bool
    segmenter: str
    words_per_second: float
    languages: list[str] = field(default_factory=list)


class SpeechToText:
    """Speech to English text.

    Args:
        config: how it listens and writes.
        vocabulary: what it can write.
        generator: scores the segments.
        arpa: the n-gram model over CLIP's pieces.
        encoder: the speech encoder.
        device: where generator and language model compute.
        segmenter: finds the words where no segmentation is given; made from the configuration if None, which
            methods that have learned something do not allow.

    Attributes:
        decoder: what turns pooled segments into text; `transcribe` writes what it writes.
        translator: brings that into the order of English and writes it anew; None where there is none.
    """

    def __init__(
        self,
        config: SpeechToTextConfig,
        vocabulary: Vocabulary,
        generator: WordGenerator,
        arpa: Arpa,
        encoder: SpeechEncoder,
        device: str = "cpu",
        segmenter: SpeechSegmenter | None = None,
    ) -> None:
        self.config, self.arpa, self.encoder, self.device = config, arpa, encoder, device
        self.segmenter = segmenter or self.segmenter_by_name(config.segmenter)
        self.decoder = _decoder(config.decoder, vocabulary, generator, arpa, device)
        self.translator: Translator | None = None

    @classmethod
    def from_pretrained(cls, path: str | Path, device: str = "cpu") -> "SpeechToText":
        """Load a model.

        Args:
            path: a run folder, or the `model` folder in it.
            device: where it computes.

        Raises:
            InputError: there is no model, or a file of it is damaged.
        """
        folder = model_folder(Path(path))
        try:
            values = read_json(folder / CONFIG)
            weights = load_file(folder / WEIGHTS)
            vocabulary, arpa = Vocabulary.read(folder / VOCABULARY), read_arpa(folder / LM)
            generator = _generator(values, weights, len(vocabulary))
            config = _config(values)
        except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
            fault = f"the model cannot be read: {type(error).__name__}: {error}"
            raise InputError(fault, where=folder, remedy="copy it again, or export it anew") from error
        encoder = load_encoder(config.encoder, config.log_mel, device)
        kept = folder / SEGMENTER
        segmenter = load_segmenter(kept, device) if kept.is_dir() else None
        model = cls(config, vocabulary, generator, arpa, encoder, device, segmenter)
        if (folder / TRANSLATOR).is_dir():
            model.translate_with(Translator.load(folder / TRANSLATOR, vocabulary, model.decoder.lm, device))
        return model

    def save_pretrained(self, folder: str | Path, notes: str = "") -> None:
        """Write `config.json`, `model.safetensors`, `vocabulary.json`, `lm.arpa.gz` and the model card.

        A segmenter that needs more than a rate of words is written into `segmenter/`, a translator into
        `translator/`.

        Args:
            folder: is made; a model in it is replaced.
            notes: Markdown for the card: data, scores, licence.
        """
        folder, generator = Path(folder), self.decoder.generator
        # It goes first and comes last: a folder with a config.json holds a whole model.
        (folder / CONFIG).unlink(missing_ok=True)
        state = {name: value.detach().cpu().contiguous() for name, value in generator.state_dict().items()}
        with replacing(folder / WEIGHTS) as temporary:
            save_file(state, temporary, metadata={"format": "pt"})
        self.decoder.vocabulary.write(folder / VOCABULARY)
        write_arpa(self.arpa, folder / LM)
        if self.segmenter.recipe.method not in STATELESS:
            self.segmenter.save(folder / SEGMENTER)
        if self.translator is not None:
            self.translator.save(folder / TRANSLATOR)
        hashes = {
            name: sha256((folder / name).read_bytes()).hexdigest() for name in (WEIGHTS, VOCABULARY, LM)
        }
        values = {
            **asdict(self.config),
            "encoder": portable_name(self.config.encoder),
            "generator": asdict(generator.config),
        }
        words = len(self.decoder.vocabulary) - 1
        write_text(folder / CARD, model_card(values, version("unsup-asr"), words, hashes, notes))
        write_json(folder / CONFIG, values)

    def transcribe(
        self, audio: Audio, segmentation: Segmentation | None = None, language: str | None = None
    ) -> Transcription:
        """Write down one recording.

        Args:
            audio: a file, or samples [n] at the encoder's rate (16 kHz), full scale ±1.
            segmentation: where its words lie; found by the configured segmenter if None.
            language: that it is in; the model's (first) if None. A model of one language does not look at it.

        Raises:
            InputError: the recording or its language cannot be used, or the segmentation belongs to a longer one.
            SegmentationError: the segmenter cannot cut it.
        """
        return self.transcribe_all([audio], [segmentation], [language])[0]

    def transcribe_all(
        self,
        audio: Sequence[Audio],
        segmentations: Sequence[Segmentation | None] | None = None,
        languages: Sequence[str | None] | None = None,
    ) -> list[Transcription]:
        """Write down several recordings at once; see `transcribe`."""
        spans, spoken = segmentations or [None] * len(audio), languages or [None] * len(audio)
        heard = [self._hear(*each) for each in zip(audio, spans, spoken, strict=True)]
        voiced = [number for number, each in enumerate(heard) if len(each.spans)]
        texts = [Transcription("", ())] * len(heard)
        if voiced:
            written = self.decoder.decode(_lay_out(voiced, [heard[k] for k in voiced], self.device))
            for hypothesis in self.translator.denoised(written) if self.translator else written:
                texts[int(hypothesis.id)] = transcription_of(hypothesis)
        return texts

    def translate_with(self, translator: Translator) -> None:
        """Have a translator bring what is heard into English from here on."""
        self.translator = translator
        self.decoder = translator.decoder(self.decoder.generator, self.config.decoder)

    def _hear(self, audio: Audio, segmentation: Segmentation | None, language: str | None) -> "_Heard":
        """The words of one recording."""
        name, samples = waveform(audio, self.encoder.rate)
        found = segmentation or self._segment(name, samples)
        duration = len(samples) / self.encoder.rate
        if found.spans and found.spans[-1].end > duration + _ROUNDING:
            raise InputError(
                f"its segmentation ends at {found.spans[-1].end:g} s, the speech lasts {duration:g} s",
                where=name,
                remedy="give the segmentation of this recording",
            )
        spans = torch.tensor([[span.start, span.end] for span in found.spans], dtype=torch.float64)
        if not len(spans):
            return _Heard(torch.empty(0), spans, None)
        frames = self.encoder.encode(torch.from_numpy(samples))
        times = self.encoder.frame_times(len(frames))
        pooled = pool_segments(frames, frame_edges(times, spans), self.config.slots)
        segments = spoken_in(pooled, self.config.languages, language or self.config.language)
        hop = float(self.encoder.frame_times(2).diff())
        return _Heard(segments, spans, self._evidence(Frames(name, frames, hop, duration), spans))

    def _evidence(self, frames: Frames, spans: Tensor) -> Shortlist | None:
        """What a recogniser says of some spans, if the model has one."""
        learned = self.segmenter.learned
        return Shortlist.of(learned.scores([frames], [spans])) if isinstance(learned, Recogniser) else None

    def segmenter_by_name(self, method: str) -> SpeechSegmenter:
        """A segmenter that learns nothing, for this model's speech and rate of words.

        Raises:
            UsageError: there is no such method, or it has to learn first.
        """
        config = self.config
        recipe = SegmenterRecipe(
            method, config.words_per_second, config.encoder, SegmentationConfig(), config.log_mel
        )
        return make_unlearned(recipe, self.device)

    def _segment(self, name: str, samples: npt.NDArray[np.float32]) -> Segmentation:
        return self.segmenter.segment([Speech(name, samples, self.encoder.rate)])[0]


@dataclass(frozen=True)
class _Heard:
    """The words of a recording: pooled segments [n, S, D + 1 + languages], spans [n, 2], what is said of them."""

    segments: Tensor
    spans: Tensor
    evidence: Shortlist | None


def _lay_out(numbers: Sequence[int], heard: Sequence[_Heard], device: str) -> SpokenWords:
    evidence = [each.evidence for each in heard if each.evidence is not None]
    words = SpokenWords(
        tuple(map(str, numbers)),
        torch.cat([each.segments for each in heard]),
        layout_of([len(each.spans) for each in heard]),
        torch.cat([each.spans for each in heard]),
        torch.empty(len(heard), 0),
        torch.arange(len(heard)),
        Shortlist.joined(evidence) if evidence else None,
    )
    return words.to(device)


def _decoder(
    config: DecoderConfig, vocabulary: Vocabulary, generator: WordGenerator, arpa: Arpa, device: str
) -> Decoder:
    model = EntryLM.from_arpa(arpa, [entry.pieces for entry in vocabulary.entries])
    return Decoder(generator.to(device).eval(), vocabulary, model.to(device), config)


def read_translator(path: Path, device: str = "cpu") -> Translator | None:
    """The translator of the model in a run folder; None where there is none.

    Args:
        path: a run folder, or any other, which has none.
        device: where it computes.

    Raises:
        InputError: a file of it is damaged.
    """
    folder = path / "model"
    if not (folder / TRANSLATOR).is_dir():
        return None
    try:
        vocabulary, arpa = Vocabulary.read(folder / VOCABULARY), read_arpa(folder / LM)
    except (OSError, ValueError, TypeError, KeyError) as error:
        fault = f"the model cannot be read: {type(error).__name__}: {error}"
        raise InputError(fault, where=folder, remedy="copy it again, or export it anew") from error
    lm = EntryLM.from_arpa(arpa, [entry.pieces for entry in vocabulary.entries]).to(device)
    return Translator.load(folder / TRANSLATOR, vocabulary, lm, device)


def model_folder(path: Path) -> Path:
    """The folder of the model itself, of a run or a model folder.

    Raises:
        InputError: there is no model.
    """
    for folder in (path, path / "model"):
        if (folder / CONFIG).is_file():
            return folder
    raise InputError(
        f"there is no model: {CONFIG} is neither in it nor in its folder model",
        where=path,
        remedy="give the folder of a run that has finished, or a model folder",
    )


def _config(values: dict[str, Any]) -> SpeechToTextConfig:
    parts = {"log_mel": LogMelConfig(**values["log_mel"]), "decoder": DecoderConfig(**values["decoder"])}
    own = {name: value for name, value in values.items() if name != "generator"}
    return SpeechToTextConfig(**{**own, **parts})


def _generator(values: dict[str, Any], weights: dict[str, Tensor], entries: int) -> WordGenerator:
    """The generator of saved weights, whose shapes tell its channels and width."""
    config = GeneratorConfig(**values["generator"])
    channels, width = weights["convolutions.0.weight"].shape[1], len(weights["project.weight"])
    places = torch.zeros(entries, width)
    generator = WordGenerator(config, channels, values["slots"], places)
    generator.load_state_dict(weights)
    return generator


def waveform(audio: Audio, rate: int) -> tuple[str, npt.NDArray[np.float32]]:
    """A name for messages and the samples [n] of a recording; raises InputError where it cannot be used."""
    if not isinstance(audio, np.ndarray):
        return str(audio), read_audio(audio, rate)
    if audio.ndim != 1 or not len(audio) or not np.isfinite(audio).all():
        raise InputError(f"finite samples [n] are wanted, these are {audio.shape}", where="audio")
    return "audio", np.asarray(audio, np.float32)
