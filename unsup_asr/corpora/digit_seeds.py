"""The random numbers of the digits corpus: every utterance, picture and list has a stream of its own."""

import numpy as np

_STREAMS = {
    stream: number
    for number, stream in enumerate(
        ("train", "validation", "test", "captions", "clip_train", "clip_validation")
    )
}


def generator(seed: int, stream: str, number: int = 0) -> np.random.Generator:
    """The generator that thing `number` of a stream is drawn from, whatever else is drawn."""
    return np.random.default_rng([seed, _STREAMS[stream], number])
