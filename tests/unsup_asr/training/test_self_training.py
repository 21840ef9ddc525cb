"""What is certain stays, what the language model or the picture knows is resolved, and targets are learned."""

import pytest
import torch
from torch.nn import functional

from lm.kneser_ney import estimate
from lm.tensor_model import EntryLM
from tests.unsup_asr.planted import CAPTIONS, new_generator, rows, sounds, spoken_words, taught_generator
from tests.unsup_asr.training.dense_targets import dense, soft
from unsup_asr.data.vocabulary import Vocabulary, caption_pieces
from unsup_asr.decoding.decoder import Decoder, DecoderConfig
from unsup_asr.training.self_training import Imitation, SelfTrainingConfig, decoded_targets


@pytest.fixture(scope="module")
def vocabulary(tokenizer) -> Vocabulary:
    return Vocabulary.from_captions(CAPTIONS, tokenizer)


@pytest.fixture(scope="module")
def lm(vocabulary, tokenizer) -> EntryLM:
    arpa = estimate(caption_pieces(CAPTIONS, tokenizer), 4, discount_fallback=True)
    return EntryLM.from_arpa(arpa, [entry.pieces for entry in vocabulary.entries])


def decoder(vocabulary, lm, alike: tuple[str, ...] = ()) -> tuple[Decoder, torch.Tensor]:
    """A decoder that knows every sound; those of the words in `alike` are one. Returns the sounds, too."""
    heard, wanted = sounds(len(vocabulary)), torch.eye(len(vocabulary))
    index = vocabulary.index()
    same = [index[word] for word in alike]
    if same:
        heard[same] = heard[same[0]].clone()
        wanted[same] = wanted[same].mean(dim=0)
    generator = taught_generator(heard[1:], wanted[1:], 200)
    return Decoder(generator, vocabulary, lm, DecoderConfig()), heard


def no_hints(spoken, vocabulary) -> torch.Tensor:
    return torch.zeros(len(spoken), len(vocabulary))


def test_targets_are_distributions_for_every_segment(vocabulary, lm):
    """A generator that knows nothing, utterances of different lengths."""
    untaught = Decoder(new_generator(len(vocabulary)), vocabulary, lm, DecoderConfig())
    sentences = [*rows(vocabulary, CAPTIONS), [1], [2, 3, 4, 5, 6, 1, 2]]
    spoken = spoken_words(sentences, sounds(len(vocabulary)))
    targets = dense(decoded_targets(untaught, spoken, no_hints(spoken, vocabulary)))
    assert targets.shape == (len(spoken.segments), len(vocabulary))
    assert (targets >= 0).all()
    torch.testing.assert_close(targets.sum(dim=1), torch.ones(len(targets)))
    assert (targets[:, 0] == 0).all()


def test_what_is_certain_is_one_hot_at_the_truth(vocabulary, lm):
    sure, heard = decoder(vocabulary, lm)
    sentences = rows(vocabulary, CAPTIONS)
    spoken = spoken_words(sentences, heard)
    targets = dense(decoded_targets(sure, spoken, no_hints(spoken, vocabulary)))
    truth = functional.one_hot(torch.tensor(sentences).flatten(), len(vocabulary)).float()
    torch.testing.assert_close(targets, truth, atol=0.02, rtol=0)


def test_the_language_model_resolves_what_sounds_alike(vocabulary, lm):
    """`dog` and `cat` sound the same, but a dog has `a` before it and runs."""
    deaf, heard = decoder(vocabulary, lm, alike=("dog", "cat"))
    sentences = rows(vocabulary, CAPTIONS)
    spoken = spoken_words(sentences, heard)
    alone = deaf.log_probabilities(spoken.segments).exp().view(len(sentences), 4, -1)
    index = vocabulary.index()
    dog, cat = index["dog"], index["cat"]
    assert (alone[:, 2, dog] - alone[:, 2, cat]).abs().max() < 0.3
    targets = dense(decoded_targets(deaf, spoken, no_hints(spoken, vocabulary))).view(len(sentences), 4, -1)
    assert targets.argmax(dim=-1).tolist() == sentences
    assert targets.gather(2, torch.tensor(sentences)[..., None]).min() > 0.8


def test_the_picture_resolves_what_the_language_model_cannot(vocabulary, lm):
    """`big` and `red` sound the same and may be exchanged: only the picture knows."""
    deaf, heard = decoder(vocabulary, lm, alike=("big", "red"))
    index = vocabulary.index()
    spoken = spoken_words(rows(vocabulary, CAPTIONS), heard)
    undecided = dense(decoded_targets(deaf, spoken, no_hints(spoken, vocabulary))).view(len(CAPTIONS), 4, -1)[
        :, 1
    ]
    hints = no_hints(spoken, vocabulary)
    for number, caption in enumerate(CAPTIONS):
        hints[number, index[caption[1]]] = 3.0
    decided = dense(decoded_targets(deaf, spoken, hints)).view(len(CAPTIONS), 4, -1)[:, 1]
    true = [index[caption[1]] for caption in CAPTIONS]
    places = torch.arange(len(CAPTIONS))
    assert (undecided[:, [index["big"], index["red"]]] > 0.2).all()
    assert (decided[places, true] > 0.8).all()
    # Between two equals, a hint of 3 multiplies the odds by e³.
    odds = (decided / (1 - decided))[places, true] / (undecided / (1 - undecided))[places, true]
    torch.testing.assert_close(odds.log(), torch.full((len(CAPTIONS),), 3.0), atol=0.2, rtol=0)


def imitation(targets: torch.Tensor, spoken, generator) -> Imitation:
    config = SelfTrainingConfig(batch=8, learning_rate=1e-2)
    return Imitation(config, generator, spoken, soft(targets), lambda segments: segments, seed=3)


def test_imitation_learns_planted_labels(vocabulary):
    sentences = rows(vocabulary, CAPTIONS * 3)
    spoken = spoken_words(sentences, sounds(len(vocabulary)), noise=0.3)
    labels = torch.tensor(sentences).flatten()
    generator = new_generator(len(vocabulary))
    task = imitation(functional.one_hot(labels, len(vocabulary)).float(), spoken, generator)
    losses = [float(task.update(step)["imitation"]) for step in range(60)]
    assert losses[-1] < 0.1 * losses[0]
    assert torch.equal(generator.eval()(spoken.segments).argmax(dim=-1), labels)


def test_the_loss_is_the_cross_entropy_of_the_batch(vocabulary):
    sentences = rows(vocabulary, CAPTIONS)
    spoken = spoken_words(sentences, sounds(len(vocabulary)))
    targets = torch.rand(16, len(vocabulary), generator=torch.Generator().manual_seed(0)).softmax(dim=-1)
    generator = new_generator(len(vocabulary)).train()
    with torch.no_grad():
        expected = functional.cross_entropy(generator(spoken.segments), targets)
    loss = imitation(targets, spoken, generator).update(0)["imitation"]
    torch.testing.assert_close(loss, expected, atol=1e-5, rtol=1e-5)


def test_a_segment_without_a_target_teaches_nothing(vocabulary):
    """Its logits get no gradient, and where no segment has a target, nothing moves."""
    sentences = rows(vocabulary, CAPTIONS)
    spoken = spoken_words(sentences, sounds(len(vocabulary)))
    targets = functional.one_hot(torch.tensor(sentences).flatten(), len(vocabulary)).float()
    targets[::2] = 0.0
    generator = new_generator(len(vocabulary)).train()
    caught: list[torch.Tensor] = []

    def catch(module, inputs, output: torch.Tensor) -> None:
        output.retain_grad()
        caught.append(output)

    generator.register_forward_hook(catch)
    imitation(targets, spoken, generator).update(0)
    # The batch is in an order of its own: its rows are told apart by what was heard.
    taught = caught[0].grad.abs().sum(dim=1) > 0
    assert (len(taught), int(taught.sum())) == (16, 8)
    before = {name: value.clone() for name, value in generator.named_parameters()}
    imitation(torch.zeros_like(targets), spoken, generator).update(0)
    assert all(torch.equal(value, before[name]) for name, value in generator.named_parameters())
