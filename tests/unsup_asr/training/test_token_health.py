"""Figures of the chosen tokens, and the word when they collapse."""

import logging
import math

import pytest
import torch

from unsup_asr.models.speech_clip.outputs import Keywords
from unsup_asr.training.token_health import CollapseWatch, TokenHealth, token_choices, token_health


def chosen(rows: list[int], tokens: int = 4) -> Keywords:
    """One utterance that chose these rows, beside a masked one that chose the last."""
    choices = torch.tensor([rows, [tokens - 1] * len(rows)])
    mask = torch.tensor([[True] * len(rows), [False] * len(rows)])
    empty = torch.zeros(2, len(rows), 3)
    return Keywords(empty, empty, mask, torch.zeros(2, len(rows), tokens), choices, empty)


def test_tokens_in_use_are_counted_by_their_entropy():
    even = token_health([token_choices(chosen([0, 1, 2, 0, 1, 2]), torch.tensor(0.1))])
    assert float(even.code_perplexity) == pytest.approx(3)
    assert float(even.top_token_share) == pytest.approx(1 / 3)
    assert float(even.token_entropy) == pytest.approx(math.log(4))
    one = token_health([token_choices(chosen([2, 2, 2, 1]), torch.tensor(0.1))])
    assert one.top_token == 2 and float(one.top_token_share) == pytest.approx(0.75)
    entropy = -0.75 * math.log(0.75) - 0.25 * math.log(0.25)
    assert float(one.code_perplexity) == pytest.approx(math.exp(entropy))


def test_parts_of_a_batch_are_as_healthy_as_the_whole():
    whole = token_health([token_choices(chosen([0, 1, 2, 3, 3]), torch.tensor(0.1))])
    parts = [token_choices(chosen(rows), torch.tensor(0.1)) for rows in ([0, 1], [2, 3, 3])]
    assert token_health(parts) == whole


def _seen(watch: CollapseWatch, shares: list[float]) -> None:
    for step, share in enumerate(shares):
        figures = (torch.tensor(1.5), torch.tensor(0.1), torch.tensor(share))
        watch.see(TokenHealth(*figures, top_token=1), step)


def test_a_collapse_is_named_once_with_its_remedies(caplog):
    with caplog.at_level(logging.WARNING):
        _seen(CollapseWatch(("dog</w>", "the</w>")), [0.6] * 60)
    (record,) = caplog.records
    assert "60 % of them are 'the</w>'" in record.message and "update 20" in record.message
    assert "model.batch_norm=true" in record.message


def test_passing_weakness_is_no_collapse_and_a_second_collapse_is_named(caplog):
    with caplog.at_level(logging.WARNING):
        _seen(CollapseWatch(("dog</w>", "the</w>")), [0.9] * 19 + [0.2] + [0.9] * 19)
        assert not caplog.records
        _seen(CollapseWatch(("dog</w>", "the</w>")), [0.9] * 30 + [0.2] + [0.9] * 30)
    assert len(caplog.records) == 2
