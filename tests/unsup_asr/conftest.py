"""A language of three tones, and a model that has learned it."""

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import HubertModel, ViTConfig, ViTImageProcessor, ViTModel, Wav2Vec2FeatureExtractor

from lm.kneser_ney import estimate
from segmenters.boundary_head import BoundaryHead, BoundaryHeadConfig
from segmenters.recognised.frame_words import FrameWords, FrameWordsConfig
from segmenters.recognised.recogniser import Recogniser, RecognitionConfig
from segmenters.segmentation import Segmentation, Span
from segmenters.speech import Speech
from segmenters.vg_hubert.model import from_hubert
from tests.unsup_asr.student_of_tones import student_of_tones
from unsup_asr.data.audio import write_audio
from unsup_asr.data.vocabulary import Vocabulary, caption_pieces
from unsup_asr.decoding.decoder import DecoderConfig
from unsup_asr.encoders.log_mel import LogMelConfig, LogMelEncoder
from unsup_asr.encoders.pooling import frame_edges, pool_segments
from unsup_asr.encoders.speech import LOG_MEL
from unsup_asr.models.generator import GeneratorConfig, WordGenerator
from unsup_asr.segmentation.config import SegmentationConfig
from unsup_asr.segmentation.methods import RECOGNISED
from unsup_asr.segmentation.recipe import SegmenterRecipe
from unsup_asr.segmentation.speech_segmenter import recognising
from unsup_asr.speech_to_text import SpeechToText, SpeechToTextConfig
from unsup_asr.student import Student
from unsup_asr.training.miniature_hubert import MiniatureHubertConfig

RATE, TONE, PAUSE, SLOTS = 16000, 0.25, 0.15, 4
TONES = {"red": 300.0, "big": 1000.0, "dog": 3000.0}
TINY_HUBERT = MiniatureHubertConfig(width=16, layers=2, heads=2, conv_dim=[8, 8, 16], positions=8)
CAPTIONS = [list(words) for words in itertools.product(TONES, repeat=3)]


def say_tones(words: list[str]) -> tuple[np.ndarray, Segmentation]:
    """Each word's tone between pauses, and where the words lie."""
    times = np.arange(round(TONE * RATE)) / RATE
    silence = np.zeros(round(PAUSE * RATE))
    pieces = [silence]
    for word in words:
        pieces += [0.3 * np.sin(2 * np.pi * TONES[word] * times) * np.hanning(len(times)), silence]
    samples = np.concatenate(pieces)
    samples = (samples + 1e-4 * np.random.default_rng(0).standard_normal(len(samples))).astype(np.float32)
    starts = [PAUSE + k * (TONE + PAUSE) for k in range(len(words))]
    spans = tuple(Span(round(start, 3), round(start + TONE, 3)) for start in starts)
    return samples, Segmentation("tones", len(samples) / RATE, spans, "gold")


def teach(generator: WordGenerator, encoder: LogMelEncoder, index: dict[str, int]) -> None:
    """Show the generator every sentence with its words: this is a test of listening, not of learning."""
    segments, targets = [], []
    for words in CAPTIONS:
        samples, segmentation = say_tones(words)
        spans = torch.tensor([[span.start, span.end] for span in segmentation.spans], dtype=torch.float64)
        frames = encoder.encode(torch.from_numpy(samples))
        edges = frame_edges(encoder.frame_times(len(frames)), spans)
        segments.append(pool_segments(frames, edges, SLOTS))
        targets += [index[word] for word in words]
    heard, wanted = torch.cat(segments), torch.tensor(targets)
    optimiser = torch.optim.Adam(generator.parameters(), 1e-2)
    for _ in range(30):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(generator(heard), wanted).backward()
        optimiser.step()


@pytest.fixture(scope="session")
def tone_model(tokenizer) -> SpeechToText:
    """Writes down the language of tones; trained on true word times. Do not change it."""
    vocabulary = Vocabulary.from_captions(CAPTIONS, tokenizer)
    encoder = LogMelEncoder(LogMelConfig(mels=20))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        embeddings = torch.randn(len(vocabulary), 8)
        generator = WordGenerator(
            GeneratorConfig(narrow=16, wide=16, dropout=0.0), encoder.channels + 1, SLOTS, embeddings
        )
        teach(generator, encoder, vocabulary.index())
    arpa = estimate(caption_pieces(CAPTIONS, tokenizer), 2, discount_fallback=True)
    config = SpeechToTextConfig(
        language="en",
        encoder="log_mel",
        log_mel=encoder.config,
        slots=SLOTS,
        decoder=DecoderConfig(),
        trained_on_gold_times=True,
        segmenter="energy",
        words_per_second=1 / (TONE + PAUSE),
    )
    return SpeechToText(config, vocabulary, generator, arpa, encoder)


@pytest.fixture(name="say_tones", scope="session")
def _say_tones() -> Callable[[list[str]], tuple[np.ndarray, Segmentation]]:
    return say_tones


@pytest.fixture
def write_tones(tmp_path) -> Callable[..., Path]:
    """Writes a recording of the words given."""

    def write(*words: str, name: str = "tones.wav") -> Path:
        write_audio(tmp_path / name, say_tones(list(words))[0], RATE)
        return tmp_path / name

    return write


@pytest.fixture(scope="session")
def tone_run(tone_model, tmp_path_factory) -> Path:
    """A run folder with the model of the language of tones. Do not change it."""
    folder = tmp_path_factory.mktemp("runs") / "tones"
    tone_model.save_pretrained(folder / "model")
    return folder


@pytest.fixture(scope="session")
def tone_student(tokenizer) -> Student:
    """Writes down the language of tones without segments. Do not change it."""
    return student_of_tones(say_tones, tokenizer)


@pytest.fixture(scope="session")
def student_run(tone_model, tone_student, tmp_path_factory) -> Path:
    """A run folder with the model of the language of tones and its student. Do not change it."""
    folder = tmp_path_factory.mktemp("runs") / "student"
    tone_model.save_pretrained(folder / "model")
    tone_student.save_pretrained(folder / "student")
    return folder


@pytest.fixture(scope="session")
def tone_speech() -> list[Speech]:
    """Every sentence of three tones."""
    return [Speech("-".join(words), say_tones(words)[0], RATE) for words in CAPTIONS]


@pytest.fixture(scope="session")
def tiny_hubert(tmp_path_factory) -> Path:
    """The folder of a drawn HuBERT of two layers, as transformers reads it."""
    folder = tmp_path_factory.mktemp("hubert")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        HubertModel(TINY_HUBERT.hubert_config()).save_pretrained(folder)
    Wav2Vec2FeatureExtractor(do_normalize=False).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_vg_hubert(tiny_hubert, tmp_path_factory) -> Path:
    """The folder of a VG-HuBERT with its weights."""
    folder = tmp_path_factory.mktemp("vg_hubert")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        from_hubert(HubertModel.from_pretrained(tiny_hubert), 8, 8).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_vit(tmp_path_factory) -> Path:
    """The folder of a vision transformer of 16 channels, in the hub's form."""
    folder = tmp_path_factory.mktemp("vit")
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        ViTModel(ViTConfig(image_size=32, patch_size=8, **sizes)).save_pretrained(folder)
    ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_head(tmp_path_factory) -> Path:
    """The folder of a drawn boundary head for 40 mel channels."""
    folder = tmp_path_factory.mktemp("head")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BoundaryHead(BoundaryHeadConfig(40, hidden=8)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_recogniser(tmp_path_factory) -> Path:
    """A recogniser of four words that has learned nothing, as a run leaves it in its model. Do not change it."""
    folder = tmp_path_factory.mktemp("tiny_recogniser")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = FrameWords(FrameWordsConfig(width=8), 40, 0.01, 5)
    recogniser = Recogniser(
        RecognitionConfig(silence_price=20.0), model.eval(), torch.zeros(6, 6), torch.zeros(5)
    )
    recipe = SegmenterRecipe(RECOGNISED, 2.5, LOG_MEL, SegmentationConfig(), LogMelConfig())
    recognising(recipe, recogniser, LogMelEncoder(LogMelConfig())).save(folder)
    return folder
