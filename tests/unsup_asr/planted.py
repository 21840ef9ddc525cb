"""A planted world: every word has a sound of its own, and what is said is known."""

from collections.abc import Sequence

import torch
from torch import Tensor

from unsup_asr.data.spoken_words import SpokenWords, layout_of
from unsup_asr.data.vocabulary import Vocabulary
from unsup_asr.models.generator import GeneratorConfig, WordGenerator

SLOTS, CHANNELS = 2, 6

# The article decides between `dog` and `cat`; `big` and `red` can be exchanged.
CAPTIONS = [
    [article, adjective, noun, verb]
    for article, noun, verb in (("a", "dog", "runs"), ("the", "cat", "sleeps"))
    for adjective in ("big", "red")
]


def sounds(entries: int, seed: int = 0) -> Tensor:
    """The sound of each entry, [V, S, D]."""
    return torch.randn(entries, SLOTS, CHANNELS, generator=torch.Generator().manual_seed(seed))


def spoken_words(
    sentences: Sequence[Sequence[int]], heard: Tensor, images: Tensor | None = None, noise: float = 0.02
) -> SpokenWords:
    """Sentences of entries as their sounds [V, S, D] with a little noise, half a second a word."""
    segments = heard[torch.tensor([entry for row in sentences for entry in row], dtype=torch.long)]
    draw = torch.randn(segments.shape, generator=torch.Generator().manual_seed(1))
    starts = torch.cat([0.5 * torch.arange(len(row)) for row in sentences])
    return SpokenWords(
        tuple(f"u{number}" for number in range(len(sentences))),
        segments + noise * draw,
        layout_of([len(row) for row in sentences]),
        torch.stack([starts, starts + 0.5], dim=1),
        torch.zeros(len(sentences), 0) if images is None else images,
        torch.arange(len(sentences)),
    )


def new_generator(entries: int, seed: int = 0) -> WordGenerator:
    """An untaught generator over entries whose embeddings are random."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        embeddings = torch.randn(entries, 12)
        embeddings[0] = 0.0
        return WordGenerator(
            GeneratorConfig(narrow=16, wide=16, dropout=0.0), CHANNELS, SLOTS, embeddings
        ).eval()


def taught_generator(segments: Tensor, targets: Tensor, updates: int = 60) -> WordGenerator:
    """A generator that was shown the targets [N, V] of segments [N, S, D]."""
    generator = new_generator(targets.shape[1]).train()
    optimiser = torch.optim.Adam(generator.parameters(), 1e-2)
    for _ in range(updates):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(generator(segments), targets).backward()
        optimiser.step()
    return generator.eval()


def rows(vocabulary: Vocabulary, captions: Sequence[Sequence[str]]) -> list[list[int]]:
    """Captions as entries."""
    index = vocabulary.index()
    return [[index[word] for word in caption] for caption in captions]
