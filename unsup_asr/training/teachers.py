"""What corrects the generator, all of it frozen: CLIP, the n-gram model, and the captions themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn

from lm.arpa import Arpa
from lm.kneser_ney import estimate
from lm.tensor_model import EntryLM
from unsup_asr.data.vocabulary import NULL, Vocabulary, caption_pieces
from unsup_asr.encoders.clip import Clip
from unsup_asr.errors import InputError
from unsup_asr.losses.order_free import caption_bags, caption_pairs
from unsup_asr.models.written import EntryEmbeddings
from unsup_asr.training.picture_words import PictureWords


@dataclass(frozen=True)
class Teachers:
    """The frozen teachers.

    Attributes:
        vocabulary: what can be written.
        clip: judges text against pictures.
        entries: CLIP's embeddings of the entries.
        lm: the n-gram model over entries.
        bigram: the n-gram model seen through one word, [V + 1, V + 1] log-probabilities; last row start, last
            column end. Of a longer model with Kneser-Ney smoothing it tells in how many contexts a pair stands,
            not how often: as a loss the milder teacher, which does not press rare words into frequent ones.
        transitions: of a model of bigrams, in the same shape: how often a word stands behind another, for
            searches.
        unigram: share of each entry in the captions, [V].
        captions: unpaired captions as entries, [C, T], null beyond the end; those with unknown words left out.
    """

    vocabulary: Vocabulary
    clip: Clip
    entries: EntryEmbeddings
    lm: EntryLM
    bigram: Tensor
    transitions: Tensor
    unigram: Tensor
    captions: Tensor

    @property
    def caption_length(self) -> float:
        """Words of the mean caption."""
        return float((self.captions != NULL).sum() / len(self.captions))

    @cached_property
    def bags(self) -> Tensor:
        """Pairs of words that captions hold, [V, V]; see `caption_bags`."""
        return caption_bags(self.captions, len(self.vocabulary))

    @cached_property
    def picture_words(self) -> PictureWords:
        """Which words pictures call for, by the captions."""
        return PictureWords.read(self.clip, self.vocabulary, self.captions)

    def pairs(self, reach: int) -> Tensor:
        """Unordered pairs of words at most so far apart in captions, [V, V]; see `caption_pairs`."""
        if reach not in self._pairs:
            self._pairs[reach] = caption_pairs(self.captions, len(self.vocabulary), reach)
        return self._pairs[reach]

    @cached_property
    def _pairs(self) -> dict[int, Tensor]:
        return {}

    @classmethod
    def gather(
        cls,
        vocabulary: Vocabulary,
        clip: Clip,
        arpa: Arpa,
        captions: Sequence[Sequence[str]],
        device: str = "cpu",
    ) -> "Teachers":
        """Build them from a vocabulary, a CLIP, an n-gram model over pieces, and normalised captions.

        Args:
            vocabulary, clip, arpa, captions: what they are made from.
            device: where they teach.

        Raises:
            InputError: every caption has a word that is not in the vocabulary.
        """
        model = EntryLM.from_arpa(arpa, [entry.pieces for entry in vocabulary.entries])
        counts = torch.tensor([float(entry.count) for entry in vocabulary.entries])
        pairs = estimate(caption_pieces(captions, clip.tokenizer), order=2)
        return cls(
            vocabulary,
            clip,
            EntryEmbeddings(vocabulary, clip.token_embeddings, clip.context_length - 2).to(device),
            model.to(device),
            _between_words(model).to(device),
            _between_words(EntryLM.from_arpa(pairs, [entry.pieces for entry in vocabulary.entries])).to(
                device
            ),
            (counts / counts.sum()).to(device),
            _as_entries(vocabulary, captions).to(device),
        )


def _between_words(model: EntryLM) -> Tensor:
    """Log-probabilities of words behind words, [V + 1, V + 1]; null stands nowhere."""
    bigram = model.bigram_matrix().detach()
    bigram[NULL], bigram[:, NULL] = -1e4, -1e4
    return bigram


def _as_entries(vocabulary: Vocabulary, captions: Sequence[Sequence[str]]) -> Tensor:
    index = vocabulary.index()
    known = [
        torch.tensor([index[w] for w in caption]) for caption in captions if all(w in index for w in caption)
    ]
    if not known:
        raise InputError(
            f"none of {len(captions)} captions can be written with the vocabulary's {len(index)} words",
            where="vocabulary",
            remedy="lower vocabulary.min_count, or raise vocabulary.max_pieces",
        )
    return nn.utils.rnn.pad_sequence(known, batch_first=True, padding_value=NULL)
