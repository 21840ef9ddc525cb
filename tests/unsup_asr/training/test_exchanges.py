"""Exchanges: words that were taken for each other in one place are known by what they sound like elsewhere."""

from itertools import pairwise

import pytest
import torch
from torch import Tensor

from unsup_asr.data.spoken_words import layout_of
from unsup_asr.training.exchanges import Exchanges, ExchangesConfig
from unsup_asr.training.segment_sounds import SegmentSounds

WORDS = ["∅", "we", "see", "there", "is", "are", "a", "two", "dog", "dogs", "you", "can", "here"]
INDEX = {word: number for number, word in enumerate(WORDS)}
SENTENCES = [
    "we see a dog",
    "we see two dogs",
    "there is a dog",
    "there are two dogs",
    "here there is a dog",
    "here there are two dogs",
    "here you can see a dog",
    "you can see two dogs",
]
TAKEN_FOR = {
    "we see a dog": "there is a dog",
    "we see two dogs": "there are two dogs",
    "there is a dog": "we see a dog",
    "there are two dogs": "we see two dogs",
}


def bigrams() -> Tensor:
    """Log-probabilities by counting."""
    edge = len(WORDS)
    counts = torch.full((edge + 1, edge + 1), 1e-6)
    for sentence in SENTENCES:
        numbers = [edge, *(INDEX[word] for word in sentence.split()), edge]
        for one, other in pairwise(numbers):
            counts[one, other] += 1
    return (counts / counts.sum(dim=1, keepdim=True)).log()


def entries(sentences: list[str]) -> Tensor:
    return torch.tensor([INDEX[word] for sentence in sentences for word in sentence.split()])


def phrase(numbers: tuple[int, ...]) -> str:
    return " ".join(WORDS[number] for number in numbers)


class World:
    """Sentences many times over, each word with a sound of its own and noise."""

    def __init__(self, times: int = 20) -> None:
        generator = torch.Generator().manual_seed(0)
        self.said = SENTENCES * times
        self.true = entries(self.said)
        self.layout = layout_of([len(sentence.split()) for sentence in self.said])
        centres = 3 * torch.randn(len(WORDS), 3, 8, generator=generator)
        noise = torch.randn(len(self.true), 3, 8, generator=generator)
        self.sounds = SegmentSounds(5 * centres[self.true] + noise, torch.full((len(self.true), 3), 5.0))

    def undone(self, read: Tensor, **settings: float) -> tuple[Tensor, list]:
        search = Exchanges(ExchangesConfig(**settings), self.sounds, self.layout, bigrams())
        return search.undone(read)


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def test_a_phrase_taken_for_another_at_the_beginning_is_known_by_its_sound_elsewhere(world):
    taken = entries([TAKEN_FOR.get(sentence, sentence) for sentence in world.said])
    found, made = world.undone(taken)
    assert found.tolist() == world.true.tolist()
    assert [(each.exchange.after, each.exchange.following) for each in made] == [(len(WORDS), 1)]
    assert {phrase(made[0].exchange.first), phrase(made[0].exchange.second)} == {"we", "there"}
    assert made[0].renamed == int((taken != world.true).sum())


def test_phrases_that_share_their_beginning_with_others_are_exchanged_alone(world):
    """As above, but before "two" all is right."""
    singular = {said: read for said, read in TAKEN_FOR.items() if said.endswith("dog")}
    found, made = world.undone(entries([singular.get(sentence, sentence) for sentence in world.said]))
    assert found.tolist() == world.true.tolist()
    assert {phrase(made[0].exchange.first), phrase(made[0].exchange.second)} == {"we see a", "there is a"}


def test_what_is_right_stays(world):
    found, made = world.undone(world.true)
    assert found.tolist() == world.true.tolist() and made == []


def test_words_that_are_exchanged_everywhere_stay_since_their_sound_cannot_tell(world):
    names = {INDEX["dog"]: INDEX["dogs"], INDEX["dogs"]: INDEX["dog"]}
    everywhere = torch.tensor([names.get(entry, entry) for entry in world.true.tolist()])
    assert world.undone(everywhere)[1] == []


def test_one_that_only_the_text_gains_by_does_not_hide_one_that_is_heard(world):
    """Captions want "dog" and "dogs" exchanged more than anything, but no sound speaks for it."""
    number = {INDEX["dog"]: INDEX["dogs"], INDEX["dogs"]: INDEX["dog"]}
    taken = entries([TAKEN_FOR.get(sentence, sentence) for sentence in world.said])
    search = Exchanges(ExchangesConfig(scale=0.003), world.sounds, world.layout, bigrams())
    found, made = search.undone(torch.tensor([number.get(entry, entry) for entry in taken.tolist()]))
    assert found.tolist() == [number.get(entry, entry) for entry in world.true.tolist()]
    assert {phrase(each) for each in (made[0].exchange.first, made[0].exchange.second)} == {"we", "there"}


def test_none_are_made_where_none_are_wanted(world):
    taken = entries([TAKEN_FOR.get(sentence, sentence) for sentence in world.said])
    for settings in ({"most": 0}, {"gain": 1e6}, {"phrases": 1}):
        found, made = world.undone(taken, **settings)
        assert found.tolist() == taken.tolist() and made == []


def test_segments_that_nothing_was_read_in_stay_so(world):
    taken = entries([TAKEN_FOR.get(sentence, sentence) for sentence in world.said])
    silent = torch.arange(len(taken)) % 7 == 3
    found, made = world.undone(taken.masked_fill(silent, 0))
    assert made and (found[silent] == 0).all()
    wrong = (found != world.true) & ~silent
    assert wrong.float().mean() < ((taken != world.true) & ~silent).float().mean() / 2
