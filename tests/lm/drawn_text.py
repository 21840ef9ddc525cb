"""A text of our own, drawn from a small chain so that its n-grams repeat, with unequal words and lengths."""

import numpy as np

WORDS = [f"w{index}</w>" for index in range(37)] + ["एक", "青い", "a\u3000b"]


def draw_text(sentences: int, seed: int) -> list[list[str]]:
    """Sentences of 0 to 9 words, each word depending on the one before."""
    rng = np.random.default_rng(seed)
    popularity = 1.0 / np.arange(1, len(WORDS) + 1)
    text = []
    for _ in range(sentences):
        word, sentence = 0, []
        for _ in range(rng.integers(0, 10)):
            chances = np.roll(popularity, 7 * word) * popularity
            word = int(rng.choice(len(WORDS), p=chances / chances.sum()))
            sentence.append(WORDS[word])
        text.append(sentence)
    return text + text[:5] + [[]]
