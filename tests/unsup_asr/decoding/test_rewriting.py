import itertools
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from lm.kneser_ney import estimate
from lm.tensor_model import EntryLM
from unsup_asr.decoding.rewriting import RewritingConfig, rewrite
from unsup_asr.errors import UsageError
from unsup_asr.models.denoiser import Denoiser, DenoiserConfig

TEXT = [line.split() for line in ("a dog runs", "a dog sleeps", "a dog", "a dog a dog", "dog runs")]
ENTRIES = ["", "a", "dog", "runs", "sleeps"]
SIZE = len(ENTRIES)
MODEL = EntryLM.from_arpa(estimate(TEXT, 2), [(word,) if word else () for word in ENTRIES])
CONTENT = torch.tensor([False, False, True, True, True])
FREE = RewritingConfig(
    beam=500, copy_bias=0.0, novelty=0.0, omission=0.0, lm_weight=0.5, shortest=0.0, longest=1.0, spare=1
)


def denoiser(seed: int) -> Denoiser:
    torch.manual_seed(seed)
    return Denoiser(DenoiserConfig(width=16, hidden=16, heads=2), SIZE).eval()


def padded(*rows: list[int]) -> Tensor:
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows], dtype=torch.long)


def words(rows: Tensor) -> list[list[int]]:
    return [[entry for entry in row if entry] for row in rows.tolist()]


def invented(text: tuple[int, ...], source: list[int]) -> int:
    """Content words of a text beyond those of a source."""
    left = [word for word in source if CONTENT[word]]
    count = 0
    for word in text:
        if CONTENT[word]:
            if word in left:
                left.remove(word)
            else:
                count += 1
    return count


def brute_force(network: Denoiser, source: list[int], config: RewritingConfig) -> tuple[int, ...]:
    """The best of all texts of the lengths allowed, from the formula."""
    most = int(config.longest * len(source)) + config.spare
    best, found = float("-inf"), ()
    for length in range(int(config.shortest * len(source)), most + 1):
        for text in itertools.product(range(1, SIZE), repeat=length):
            ids = padded(list(text)) if text else torch.zeros(1, 0, dtype=torch.long)
            log_p = network.write(network.read(padded(source)), ids, config.copy_bias)[0]
            total = sum(float(log_p[k, entry]) for k, entry in enumerate([*text, 0]))
            total += config.lm_weight * float(MODEL.score(ids, torch.tensor([length])))
            total -= config.novelty * invented(text, source)
            total -= config.omission * invented(tuple(source), list(text))
            if total > best:
                best, found = total, text
    return found


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "changes", [{}, {"novelty": 2.0, "omission": 1.5}, {"shortest": 1.0}, {"copy_bias": 3.0}]
)
def test_a_beam_that_holds_everything_finds_the_best_text(seed, changes):
    network, config = denoiser(seed), replace(FREE, **changes)
    (found,) = words(rewrite(network, padded([2, 3]), MODEL, CONTENT, config))
    with torch.no_grad():
        assert tuple(found) == brute_force(network, [2, 3], config)


def test_new_content_words_have_their_price():
    sources = [[2, 3], [2, 1], [4, 2, 3], [2]]
    config = replace(FREE, beam=8, shortest=0.5, copy_bias=-3.0)
    free, dear = (
        words(rewrite(denoiser(1), padded(*sources), MODEL, CONTENT, replace(config, novelty=price)))
        for price in (0.0, 50.0)
    )
    assert sum(invented(tuple(t), s) for t, s in zip(free, sources, strict=True)) > 0
    assert sum(invented(tuple(t), s) for t, s in zip(dear, sources, strict=True)) == 0


def test_lengths_are_guarded_and_nothing_comes_of_nothing():
    config = RewritingConfig(beam=3, shortest=1.0, longest=1.0, spare=0, novelty=0.0)
    sources = padded([1, 2, 3], [4, 4], [])
    assert [len(row) for row in words(rewrite(denoiser(2), sources, MODEL, CONTENT, config))] == [3, 2, 0]


def test_sentences_do_not_influence_each_other():
    network, config = denoiser(3), RewritingConfig()
    together = words(rewrite(network, padded([1, 2, 3, 2], [4]), MODEL, CONTENT, config))
    alone = [words(rewrite(network, padded(row), MODEL, CONTENT, config))[0] for row in ([1, 2, 3, 2], [4])]
    assert together == alone


def test_a_source_that_scores_better_than_all_that_is_found_stays():
    """A beam of one that is drawn to its likeliest word at once need not find the source."""
    network = denoiser(0)
    with torch.no_grad():
        network.bias[1] = 3.0
    config = replace(FREE, beam=1, lm_weight=30.0)
    source = padded([1, 2, 3])
    (found,) = words(rewrite(network, source, MODEL, CONTENT, config))
    score = {
        tuple(text): config.lm_weight * float(MODEL.score(padded(text), torch.tensor([len(text)])))
        for text in (found, [1, 2, 3])
    }
    assert score[tuple(found)] >= score[1, 2, 3] - 20


@pytest.mark.parametrize("changes", [{"beam": 0}, {"shortest": 1.5}, {"longest": 0.5}, {"spare": -1}])
def test_impossible_settings_are_refused(changes):
    with pytest.raises(UsageError):
        RewritingConfig(**changes)
