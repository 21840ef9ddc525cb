"""A published SpeechCLIP or SpeechCLIP+ checkpoint into our model, with the HuBERT and the CLIP inside it."""

from dataclasses import dataclass
from pathlib import Path

from unsup_asr.encoders.fairseq.checkpoint import as_published
from unsup_asr.encoders.fairseq.convert import Converted as ConvertedEncoder
from unsup_asr.encoders.fairseq.convert import convert_published
from unsup_asr.encoders.fairseq.settings import Settings
from unsup_asr.encoders.token_table import TokenTable
from unsup_asr.encoders.transformers_speech import TransformersSpeechEncoder
from unsup_asr.errors import InputError, UsageError
from unsup_asr.models.speech_clip.model import SpeechClip
from unsup_asr.models.speech_clip.published.checkpoint import (
    HUBERT,
    LAYERS,
    Published,
    other_architecture,
    read_published,
)
from unsup_asr.models.speech_clip.published.kinds import Kind, kind_of
from unsup_asr.models.speech_clip.published.openai_clip import OpenAiClip, openai_clip
from unsup_asr.models.speech_clip.published.tokens import token_table
from unsup_asr.models.speech_clip.published.weights import trained_weights


@dataclass(frozen=True)
class Converted:
    """A published model in our form.

    Attributes:
        network: what was trained, in evaluation mode.
        tokens: what its keywords are chosen from.
        encoder: the HuBERT inside; its `save` writes it for transformers.
        clip: the CLIP inside; its `save` writes it for open_clip.
        temperature: what cosines of speech and pictures were divided by at the end of training.
        assumed: what the file did not say and was taken from other published models, a sentence each.
        left_out: modules of the file that do not take part in computing anything.
    """

    network: SpeechClip
    tokens: TokenTable
    encoder: ConvertedEncoder
    clip: OpenAiClip
    temperature: float
    assumed: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def speech_encoder(self) -> TransformersSpeechEncoder:
        """The HuBERT inside, ready to hear."""
        return _listening(self.encoder)


def convert(path: str | Path) -> Converted:
    """Read a `.ckpt`: parallel, cascaded, hybrid, cascaded+ or hybrid+, base or large.

    Raises:
        SegmentationError: the file is missing, damaged, or asks for a class that could run code.
        InputError: it holds another architecture (its first mismatched keys are named), or tokens that cannot
            be told.
    """
    published = read_published(path)
    kind = kind_of(published)
    encoder, clip = _hubert(published), openai_clip(published)
    tokens, remarks = token_table(published)
    return Converted(
        _network(published, kind, encoder, clip, tokens),
        tokens,
        encoder,
        clip,
        kind.temperature,
        (*encoder.assumed, *kind.assumed, *remarks),
        tuple(f"{HUBERT}{name}" for name in encoder.left_out),
    )


def _hubert(published: Published) -> ConvertedEncoder:
    """What is known of it otherwise stood in fairseq's file, which is not this one."""
    try:
        settings = Settings({"_name": "hubert"}, {})
        return convert_published(as_published(published.part(HUBERT), settings, published.path))
    except InputError as error:
        raise other_architecture(f"its HuBERT ({HUBERT}*) {error.what}", published.path) from error


def _network(
    published: Published, kind: Kind, encoder: ConvertedEncoder, clip: OpenAiClip, tokens: TokenTable
) -> SpeechClip:
    speech = _listening(encoder)
    sizes = (len(published.weights[LAYERS]), speech.channels, speech.hop)
    try:
        network = SpeechClip(kind.config, *sizes, tokens.embeddings, clip.width, clip.room)
    except UsageError as error:
        raise other_architecture(error.what, published.path) from error
    if speech.states != sizes[0]:
        fault = f"{LAYERS} has {sizes[0]} weights, its HuBERT {speech.states} hidden states"
        raise other_architecture(fault, published.path)
    weights = trained_weights(published, kind.branch, kind.config, network.state_dict())
    network.load_state_dict(weights)
    return network.eval()


def _listening(encoder: ConvertedEncoder) -> TransformersSpeechEncoder:
    return TransformersSpeechEncoder(encoder.model, bool(encoder.feature_extractor.do_normalize))
