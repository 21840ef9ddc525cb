"""What a run on the planted world stands on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lm.arpa import write_arpa
from lm.kenlm_model import KenLM
from lm.kneser_ney import estimate
from tests.unsup_asr.planted import CHANNELS
from unsup_asr.corpora.cache import Corpus
from unsup_asr.data.vocabulary import Vocabulary, caption_pieces
from unsup_asr.encoders.clip import Clip
from unsup_asr.encoders.log_mel import LogMelConfig, LogMelEncoder
from unsup_asr.pipeline.clip import ClipChoice
from unsup_asr.pipeline.config import RunConfig
from unsup_asr.pipeline.features import FeatureExtractor
from unsup_asr.pipeline.parts import Parts
from unsup_asr.training.teachers import Teachers


def planted_parts(
    config: RunConfig,
    captions: Sequence[Sequence[str]],
    tokenizer: Any,
    clip_folder: Path,
    folder: Path,
) -> Parts:
    """Vocabulary, n-gram model and teachers of the captions, beside a small CLIP; files come into the folder."""
    vocabulary = Vocabulary.from_captions(captions, tokenizer)
    arpa = estimate(caption_pieces(captions, tokenizer), 2, discount_fallback=True)
    write_arpa(arpa, folder / "lm.arpa")
    clip = Clip.load(str(clip_folder))
    encoder = LogMelEncoder(LogMelConfig(mels=CHANNELS - 1))
    corpus = Corpus("manifests", folder, "key")
    return Parts(
        corpus,
        ClipChoice(str(clip_folder), "clip"),
        clip,
        encoder,
        captions,
        vocabulary,
        arpa,
        KenLM(folder / "lm.arpa"),
        Teachers.gather(vocabulary, clip, arpa, captions),
        FeatureExtractor(config, corpus, encoder, clip, "clip", 2.0),
        2.0,
    )
