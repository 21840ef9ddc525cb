"""A student that has learned the language of tones, from the words and times that it was told."""

import itertools
from collections.abc import Callable

import torch

from lm.kneser_ney import estimate
from unsup_asr.data.output_units import CLIP_PIECES, output_units
from unsup_asr.data.vocabulary import Vocabulary, caption_pieces
from unsup_asr.decoding.ctc_beam import CtcBeamConfig
from unsup_asr.encoders.log_mel import LogMelConfig, LogMelEncoder
from unsup_asr.encoders.speech import LOG_MEL
from unsup_asr.models.ctc_student import CtcStudent, CtcStudentConfig
from unsup_asr.student import Student, StudentModelConfig
from unsup_asr.training.loop import LoopConfig
from unsup_asr.training.masking import MaskingConfig
from unsup_asr.training.spoken_text import SpokenText
from unsup_asr.training.student_training import CtcImitation, StudentConfig, lessons

TONES = ("red", "big", "dog")
CAPTIONS = [list(words) for length in (1, 2, 3) for words in itertools.product(TONES, repeat=length)]


def student_of_tones(say_tones: Callable, tokenizer: object) -> Student:
    """It hears every sentence of one to three tones a few times."""
    vocabulary = Vocabulary.from_captions(CAPTIONS, tokenizer)
    units = output_units(CLIP_PIECES, vocabulary, CAPTIONS, 0)
    encoder = LogMelEncoder(LogMelConfig(mels=20))
    training = StudentConfig(
        network=CtcStudentConfig(width=24, blocks=1, kernel=5, dropout=0.0),
        loop=LoopConfig(60, 60, 60),
        batch=13,
        learning_rate=1e-2,
        masking=MaskingConfig(0, 0.0, 0, 0.0),
    )
    frames, texts, index = [], [], vocabulary.index()
    for caption in CAPTIONS:
        samples, found = say_tones(caption)
        frames.append(encoder.encode(torch.from_numpy(samples)))
        spans = torch.tensor([[span.start, span.end] for span in found.spans], dtype=torch.float64)
        texts.append(SpokenText(torch.tensor([index[word] for word in caption]), spans, 1.0))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = CtcStudent(training.network, encoder.channels, encoder.hop, len(units))
        network.normalise_by(frames)
        learned = lessons(network, frames, texts, vocabulary.words, units)
        task = CtcImitation(training, network, learned, encoder.hop, lambda heard: heard, 0)
        for step in range(training.loop.updates):
            task.update(step)
    arpa = estimate(caption_pieces(CAPTIONS, tokenizer), 2)
    config = StudentModelConfig("en", LOG_MEL, encoder.config, training.network, CtcBeamConfig())
    return Student(config, units, network, arpa, encoder)
