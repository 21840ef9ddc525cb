"""What is said of which scene: each description of each stream drawn by itself."""

from dataclasses import dataclass

import numpy as np

from unsup_asr.corpora.mini.english import realise
from unsup_asr.corpora.mini.languages.reading import grammar
from unsup_asr.corpora.mini.languages.realisation import Fact, realise_by
from unsup_asr.corpora.mini.message import Message, choose_message
from unsup_asr.corpora.mini.scene import Scene, sample_scene

ENGLISH = "en"

# Streams of random numbers that share no scene by construction of the seed.
_STREAMS = {
    name: number
    for number, name in enumerate(
        ("train", "validation", "test", "captions", "clip_train", "clip_validation")
    )
}


@dataclass(frozen=True)
class Description:
    """One utterance to be.

    Args:
        scene: what is seen.
        message: what is said of it.
        words: in which words, as they are written.
        aloud: the same words as a synthesiser has to read them; hardly ever others.
        facts: what each word states, alone or with its neighbours; None for words that only tie others together.
            Empty in English.
    """

    scene: Scene
    message: Message
    words: tuple[str, ...]
    aloud: tuple[str, ...]
    facts: tuple[Fact | None, ...] = ()


def describe(
    seed: int, stream: str, index: int, language: str = ENGLISH
) -> tuple[Description, np.random.Generator]:
    """Description number `index` of a stream, and the generator to draw its further properties from.

    The scene is the same in every language. What is said of it is drawn for each language anew, as by speakers
    who have never met.

    Args:
        seed: of the world.
        stream: `train`, `validation`, `test`, `captions`, `clip_train` or `clip_validation`.
        index: from 0.
        language: code of a language that has a grammar, or `en`.

    Raises:
        InputError: nobody here speaks that language.
    """
    own = [seed, _STREAMS[stream], index]
    rng = np.random.default_rng(own)
    scene = sample_scene(rng)
    if language == ENGLISH:
        message = choose_message(scene, rng)
        words = tuple(realise(message, rng))
        return Description(scene, message, words, words), rng
    rng = np.random.default_rng([*own, *language.encode()])
    message = choose_message(scene, rng)
    said = realise_by(grammar(language), message, rng)
    words = tuple(word.word for word in said)
    aloud = tuple(grammar(language).spoken.get(word, word) for word in words)
    return Description(scene, message, words, aloud, tuple(word.fact for word in said)), rng
