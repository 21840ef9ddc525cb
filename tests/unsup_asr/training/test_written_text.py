"""What teachers read: the beam's text, whose gradient goes to the segments that its words came from."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from lm.kneser_ney import estimate
from lm.tensor_model import EntryLM
from tests.unsup_asr.planted import SLOTS, new_generator
from unsup_asr.data.spoken_words import SpokenBatch
from unsup_asr.data.vocabulary import Entry, Vocabulary
from unsup_asr.decoding.decoder import DecoderConfig
from unsup_asr.decoding.reordering import ReorderingConfig
from unsup_asr.decoding.reordering_decoder import ReorderingDecoder
from unsup_asr.training.written_text import WrittenText

ENGLISH = [
    "a dog is under a tree",
    "a cat is under a dog",
    "a tree is behind a cat",
    "a dog is behind a tree",
]
WORDS = ["a", "is", "dog", "tree", "under", "cat", "behind"]
VOCABULARY = Vocabulary(
    (Entry(0, (), (), 0), *(Entry(k, (f"{word}</w>",), (k,), 3) for k, word in enumerate(WORDS, 1)))
)
SAID = [["dog", "tree", "under"], ["cat", "", "dog", "behind", "tree"]]


@pytest.fixture(scope="module")
def decoder() -> ReorderingDecoder:
    counts = estimate([[f"{word}</w>" for word in line.split()] for line in ENGLISH], 3)
    lm = EntryLM.from_arpa(counts, [entry.pieces for entry in VOCABULARY.entries])
    config = ReorderingConfig(distortion=0.1, insertable=2)
    generator = new_generator(len(VOCABULARY))
    return ReorderingDecoder(generator, VOCABULARY, lm, DecoderConfig(), config, torch.tensor([1, 2]))


@pytest.fixture
def batch() -> SpokenBatch:
    mask = torch.tensor([[True] * 3 + [False] * 2, [True] * 5])
    return SpokenBatch(torch.zeros(8, SLOTS, 6), mask, torch.zeros(2, 4), torch.arange(2))


@pytest.fixture
def logits() -> torch.Tensor:
    """What is said is heard well, and something else a little."""
    index = {"": 0, **VOCABULARY.index()}
    said = torch.tensor([index[word] for line in SAID for word in line])
    torch.manual_seed(0)
    noise = torch.rand(len(said), len(VOCABULARY))
    return (6 * functional.one_hot(said, len(VOCABULARY)) + noise).requires_grad_()


def text(written: WrittenText, row: int) -> str:
    chosen = written.choices[row].argmax(dim=-1)[written.mask[row]]
    return " ".join(VOCABULARY.words[entry] for entry in chosen.tolist())


def test_it_is_read_in_the_order_of_english(decoder, batch, logits):
    spoken = WrittenText.spoken(batch, logits)
    assert [text(spoken, row).split(" ") for row in range(2)] == SAID
    read = spoken.reordered(decoder)
    assert text(read, 0) == "a dog is under a tree"
    scores = decoder.acoustic_scores(spoken.log_probabilities.detach())
    found = decoder.find(scores, batch.mask)
    for row in range(2):
        assert read.choices[row].argmax(dim=-1).tolist() == [*found.texts[row, 0].tolist(), 0]
    assert torch.equal(read.mask[:, :-1], found.texts[:, 0] != 0) and not read.mask[:, -1].any()


def test_a_words_gradient_goes_to_its_segment(decoder, batch, logits):
    read = WrittenText.spoken(batch, logits).reordered(decoder)
    asked = torch.randn_like(read.choices)
    (found,) = torch.autograd.grad((read.choices * asked).sum(), logits, retain_graph=True)
    own = logits.detach()[:3].requires_grad_()
    # "a dog is under a tree", of dog, tree, under
    (wanted,) = torch.autograd.grad((own.softmax(dim=-1)[[0, 2, 1]] * asked[0, [1, 3, 5]]).sum(), own)
    torch.testing.assert_close(found[:3], wanted)
    assert not found[4].any()  # the silent segment of the second utterance
    for values in (read.probabilities, read.log_probabilities):
        (again,) = torch.autograd.grad(values.sum(), logits, retain_graph=True)
        assert torch.isfinite(again).all()


def test_inserted_words_are_certain_and_padding_is_nothing(decoder, batch, logits):
    read = WrittenText.spoken(batch, logits).reordered(decoder)
    assert read.probabilities[0, 0].tolist() == [0, 1, 0, 0, 0, 0, 0, 0]  # "a"
    torch.testing.assert_close(read.probabilities.sum(dim=-1), read.mask.float())
    torch.testing.assert_close(read.choices.detach().sum(dim=-1), read.mask.float())
    assert not read.log_probabilities[~read.mask].any()
    entropy = -(read.probabilities * read.log_probabilities).detach().sum(dim=-1)
    assert torch.isfinite(entropy).all() and float(entropy[0, 0]) == 0.0


def test_nothing_heard_is_an_empty_text(decoder, batch):
    silent = torch.full((8, len(VOCABULARY)), -20.0)
    silent[:, 0] = 20.0
    alone = replace(decoder, reordering=replace(decoder.reordering, beam=1))
    read = WrittenText.spoken(batch, silent).reordered(alone)
    assert not read.mask.any() and not read.choices.any() and read.mask.shape[1] == 1
