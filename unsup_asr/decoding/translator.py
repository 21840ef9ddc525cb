"""From words in the order of speech to English: the reordering beam and the denoiser, kept in one folder."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from lm.tensor_model import EntryLM
from unsup_asr.data.vocabulary import Vocabulary
from unsup_asr.decoding.decoder import CHUNK, Decoder, DecoderConfig
from unsup_asr.decoding.heard_words import heard_words
from unsup_asr.decoding.hypothesis import Hypothesis
from unsup_asr.decoding.reordering import ReorderingConfig, reorder
from unsup_asr.decoding.reordering_decoder import ReorderingDecoder, as_written
from unsup_asr.decoding.rewriter import Rewriter
from unsup_asr.decoding.rewriting import RewritingConfig
from unsup_asr.errors import InputError
from unsup_asr.files import read_json, replacing, write_json
from unsup_asr.models.denoiser import Denoiser, DenoiserConfig
from unsup_asr.models.generator import WordGenerator

CONFIG, WEIGHTS = "config.json", "translator.safetensors"
_DENOISER, _FUNCTION = "denoiser.", "function"


@dataclass(frozen=True)
class Translator:
    """Both parts, or one of them.

    Attributes:
        vocabulary: what can be written.
        lm: the n-gram model over entries.
        function: [V], true for function words.
        reordering: of the beam; None where the order of speech is kept.
        denoiser: None where texts are not written anew.
        rewriting: how far the denoiser may leave its source.
    """

    vocabulary: Vocabulary
    lm: EntryLM
    function: Tensor
    reordering: ReorderingConfig | None
    denoiser: Denoiser | None
    rewriting: RewritingConfig

    def decoder(self, generator: WordGenerator, config: DecoderConfig) -> Decoder:
        """The decoder with a generator, in the order of English if there is a reordering beam."""
        if self.reordering is None:
            return Decoder(generator, self.vocabulary, self.lm, config)
        insertable = most_frequent(self.function, self.reordering.insertable)
        return ReorderingDecoder(generator, self.vocabulary, self.lm, config, self.reordering, insertable)

    def reordered(self, hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
        """Texts of words that were recognised one after the other, in the order of English.

        What a decoder of segments has written needs none of this: its scores tell more than its words.
        """
        if self.reordering is None:
            return list(hypotheses)
        insertable = most_frequent(self.function, self.reordering.insertable)
        written: list[Hypothesis] = []
        for first in range(0, len(hypotheses), CHUNK):
            part = hypotheses[first : first + CHUNK]
            heard = heard_words(part, self.vocabulary, self.reordering).to(self.function.device)
            found = reorder(heard, self.lm, insertable, self.reordering)
            pairs = (as_written(found, row, self.vocabulary.words) for row in range(len(part)))
            written += [
                replace(h, text=text, sources=sources) for h, (text, sources) in zip(part, pairs, strict=True)
            ]
        return written

    def denoised(self, hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
        """Their texts written anew, if there is a denoiser."""
        if self.denoiser is None:
            return list(hypotheses)
        rewriter = Rewriter(self.denoiser, self.vocabulary, self.lm, ~self.function, self.rewriting)
        return rewriter.rewritten(hypotheses)

    def save(self, folder: Path) -> None:
        """Write settings and weights; vocabulary and language model are kept elsewhere."""
        tensors = {_FUNCTION: self.function.cpu()}
        if self.denoiser is not None:
            state = self.denoiser.state_dict()
            tensors |= {_DENOISER + name: value.cpu().contiguous() for name, value in state.items()}
        with replacing(folder / WEIGHTS) as temporary:
            save_file(tensors, temporary, metadata={"format": "pt"})
        values = {
            "reordering": None if self.reordering is None else asdict(self.reordering),
            "rewriting": asdict(self.rewriting),
            "denoiser": None if self.denoiser is None else asdict(self.denoiser.config),
        }
        write_json(folder / CONFIG, values)

    @classmethod
    def load(cls, folder: Path, vocabulary: Vocabulary, lm: EntryLM, device: str = "cpu") -> "Translator":
        """Read what `save` wrote.

        Args:
            folder: of the translator.
            vocabulary, lm: that it was trained with.
            device: where it computes.

        Raises:
            InputError: a file is damaged, or is not of this vocabulary.
        """
        try:
            values, tensors = read_json(folder / CONFIG), load_file(folder / WEIGHTS)
            reordering, denoiser = values["reordering"], values["denoiser"]
            return cls(
                vocabulary,
                lm,
                tensors[_FUNCTION].to(device),
                None if reordering is None else ReorderingConfig(**reordering),
                None if denoiser is None else _denoiser(denoiser, tensors, len(vocabulary)).to(device),
                RewritingConfig(**values["rewriting"]),
            )
        except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
            fault = f"the translator cannot be read: {type(error).__name__}: {error}"
            raise InputError(fault, where=folder, remedy="copy it again, or export it anew") from error


def most_frequent(function: Tensor, number: int) -> Tensor:
    """So many of the function words [V], the most frequent: entries are in that order."""
    return function.nonzero()[:number, 0]


def _denoiser(values: dict, tensors: dict[str, Tensor], entries: int) -> Denoiser:
    denoiser = Denoiser(DenoiserConfig(**values), entries)
    own = {k.removeprefix(_DENOISER): v for k, v in tensors.items() if k.startswith(_DENOISER)}
    denoiser.load_state_dict(own)
    return denoiser.eval()
