from dataclasses import fields, replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.data.shortlist import Shortlist
from unsup_asr.data.spoken_words import SpokenBatch, SpokenWords, layout_of


def build(counts: list[int], pictures: int = 3) -> SpokenWords:
    total = sum(counts)
    generator = torch.Generator().manual_seed(0)
    starts = torch.arange(total) / 4
    return SpokenWords(
        ids=tuple(f"utterance {n} कुत्ता" for n in range(len(counts))),
        segments=torch.randn(total, 4, 5, generator=generator),
        layout=layout_of(counts),
        spans=torch.stack([starts, starts + 0.2], dim=1),
        images=torch.randn(len(counts), pictures, generator=generator),
        image_ids=torch.arange(len(counts)) // 2,
    )


@given(counts=st.lists(st.integers(0, 5), max_size=6))
def test_the_layout_counts_on_from_utterance_to_utterance(counts):
    layout = layout_of(counts)
    assert layout.shape == (len(counts), max(counts, default=0))
    assert layout.dtype == torch.long
    numbers = iter(range(sum(counts)))
    for row, count in zip(layout.tolist(), counts, strict=True):
        assert row == [next(numbers) for _ in range(count)] + [-1] * (len(row) - count)


@given(
    counts=st.lists(st.integers(1, 5), min_size=3, max_size=6),
    rows=st.lists(st.integers(0, 2), min_size=1, max_size=4),
)
def test_a_batch_holds_the_segments_of_its_utterances_in_order(counts, rows):
    spoken = build(counts)
    batch = spoken.batch(torch.tensor(rows))
    assert batch.mask.shape == (len(rows), max(counts[row] for row in rows))
    expected = torch.cat([spoken.segments[spoken.layout[row][: counts[row]]] for row in rows])
    assert torch.equal(batch.segments, expected)
    assert batch.mask.sum(dim=1).tolist() == [counts[row] for row in rows]
    assert torch.equal(batch.images, spoken.images[rows])
    assert torch.equal(batch.image_ids, spoken.image_ids[rows])


def test_values_are_spread_over_their_utterances():
    batch = build([2, 3]).batch(torch.tensor([1, 0]))
    spread = batch.spread(batch.segments.requires_grad_(True))
    assert torch.equal(spread[batch.mask], batch.segments)
    assert (spread[~batch.mask] == 0).all()
    assert spread.shape == (2, 3, 4, 5)
    spread.sum().backward()
    assert torch.equal(batch.segments.grad, torch.ones_like(batch.segments))


@pytest.mark.parametrize("pictures", [0, 3])
def test_it_is_read_as_written(tmp_path, pictures):
    spoken = build([3, 1, 2], pictures)
    spoken.write(tmp_path / "train.safetensors")
    back = SpokenWords.read(tmp_path / "train.safetensors")
    assert back.ids == spoken.ids
    assert len(back) == 3
    for field in fields(SpokenWords):
        if field.name not in ("ids", "evidence"):
            ours, theirs = getattr(back, field.name), getattr(spoken, field.name)
            assert torch.equal(ours, theirs) and ours.dtype == theirs.dtype, field.name


def test_training_has_no_field_for_text():
    names = {field.name for kind in (SpokenBatch, SpokenWords) for field in fields(kind)}
    assert names == {"ids", "segments", "layout", "mask", "spans", "images", "image_ids", "evidence"}


def test_evidence_goes_along_and_is_not_written(tmp_path):
    scores = torch.randn(6, 5)
    spoken = replace(build([3, 1, 2], 0), evidence=Shortlist.of(scores))
    moved = spoken.to("cpu")
    assert moved.evidence is not None
    assert torch.equal(moved.evidence.dense(torch.arange(6)), scores)
    spoken.write(tmp_path / "train.safetensors")
    assert SpokenWords.read(tmp_path / "train.safetensors").evidence is None
