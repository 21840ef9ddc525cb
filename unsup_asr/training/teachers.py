"""What corrects the generator, all of it frozen: CLIP, the n-gram model, and the captions themselves."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lm.arpa import Arpa
from lm.tensor_model import EntryLM
from unsup_asr.data.vocabulary import NULL, Vocabulary
from unsup_asr.encoders.clip import Clip
from unsup_asr.models.written import EntryEmbeddings


@dataclass(frozen=True)
class Teachers:
    """The frozen teachers.

    Attributes:
        vocabulary: what can be written.
        clip: judges text against pictures.
        entries: CLIP's embeddings of the entries.
        lm: the n-gram model over entries.
        bigram: its bigrams, [V + 1, V + 1] log-probabilities; last row start, last column end.
        unigram: share of each entry in the captions, [V].
        captions: unpaired captions as entries, [C, T], null beyond the end; those with unknown words left out.
    """

    vocabulary: Vocabulary
    clip: Clip
    entries: EntryEmbeddings
    lm: EntryLM
    bigram: Tensor
    unigram: Tensor
    captions: Tensor

    @classmethod
    def gather(
        cls, vocabulary: Vocabulary, clip: Clip, arpa: Arpa, captions: Sequence[Sequence[str]]
    ) -> "Teachers":
        """Build them from a vocabulary, a CLIP, an n-gram model over pieces, and normalised captions."""
        model = EntryLM.from_arpa(arpa, [entry.pieces for entry in vocabulary.entries])
        counts = torch.tensor([float(entry.count) for entry in vocabulary.entries])
        bigram = model.bigram_matrix().detach()
        bigram[NULL], bigram[:, NULL] = -1e4, -1e4
        return cls(
            vocabulary,
            clip,
            EntryEmbeddings(vocabulary, clip.token_embeddings, clip.context_length - 2),
            model,
            bigram,
            counts / counts.sum(),
            _as_entries(vocabulary, captions),
        )


def _as_entries(vocabulary: Vocabulary, captions: Sequence[Sequence[str]]) -> Tensor:
    index = vocabulary.index()
    known = [
        torch.tensor([index[w] for w in caption]) for caption in captions if all(w in index for w in caption)
    ]
    return nn.utils.rnn.pad_sequence(known, batch_first=True, padding_value=NULL)
