"""What is said of which scene: each description of each stream drawn by itself."""

from dataclasses import dataclass

import numpy as np

from unsup_asr.corpora.mini.english import realise
from unsup_asr.corpora.mini.message import Message, choose_message
from unsup_asr.corpora.mini.scene import Scene, sample_scene

# Streams of random numbers that share no scene by construction of the seed.
_STREAMS = {
    name: number
    for number, name in enumerate(
        ("train", "validation", "test", "captions", "clip_train", "clip_validation")
    )
}


@dataclass(frozen=True)
class Description:
    """One utterance to be: a scene, what is said of it, and in which words."""

    scene: Scene
    message: Message
    words: tuple[str, ...]


def describe(seed: int, stream: str, index: int) -> tuple[Description, np.random.Generator]:
    """Description number `index` of a stream, and the generator to draw its further properties from."""
    rng = np.random.default_rng([seed, _STREAMS[stream], index])
    scene = sample_scene(rng)
    message = choose_message(scene, rng)
    return Description(scene, message, tuple(realise(message, rng))), rng
