"""Frames in which words are planted."""

import numpy as np
import torch

from segmenters.speech import Frames

HOP = 0.02


def utterances(
    words: list[list[int]], *, lexicon: int = 6, width: int = 8, noise: float = 0.05, seed: int = 0
) -> tuple[list[Frames], list[np.ndarray]]:
    """Frames of strings of words, and the frames where words begin after the first.

    A word is three sounds of three to five frames each; which, its number decides.
    """
    chance = np.random.default_rng(seed)
    sounds = 3 * np.random.default_rng(100).normal(size=(lexicon, 3, width))
    spans = np.random.default_rng(101).integers(3, 6, size=(lexicon, 3))
    frames, boundaries = [], []
    for number, string in enumerate(words):
        values = np.concatenate([np.repeat(sounds[word], spans[word], axis=0) for word in string])
        values += noise * chance.normal(size=values.shape)
        lengths = [int(spans[word].sum()) for word in string]
        boundaries.append(np.cumsum(lengths)[:-1])
        tensor = torch.from_numpy(values.astype(np.float32))
        frames.append(Frames(f"u{number}", tensor, HOP, len(values) * HOP))
    return frames, boundaries


def strings(count: int, lexicon: int = 6, seed: int = 0) -> list[list[int]]:
    """Random strings of three to six words."""
    chance = np.random.default_rng(seed)
    return [chance.integers(lexicon, size=chance.integers(3, 7)).tolist() for _ in range(count)]


def words_per_second(frames: list[Frames], boundaries: list[np.ndarray]) -> float:
    return sum(len(each) + 1 for each in boundaries) / sum(each.duration for each in frames)
