import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from unsup_asr.data.vocabulary import Entry, Vocabulary
from unsup_asr.models.written import EntryEmbeddings

TABLE = torch.randn(30, 5, generator=torch.Generator().manual_seed(0))
PIECES = ((), (4,), (7, 8), (4, 9, 11), (2,), (29, 0))
VOCABULARY = Vocabulary(
    tuple(Entry(id, tuple(f"p{i}</w>" for i in ids), ids, 1) for id, ids in enumerate(PIECES))
)


def one_hot(ids: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Rows of chosen entries, padded with null, and their mask."""
    longest = max(map(len, ids))
    padded = torch.tensor([row + [0] * (longest - len(row)) for row in ids])
    mask = torch.arange(longest) < torch.tensor([len(row) for row in ids])[:, None]
    return functional.one_hot(padded, len(PIECES)).float(), mask


@given(
    ids=st.lists(st.lists(st.integers(0, len(PIECES) - 1), min_size=1, max_size=6), min_size=1, max_size=4),
    room=st.integers(1, 12),
)
def test_pieces_stand_one_after_the_other_as_a_loop_puts_them(ids, room):
    choices, mask = one_hot(ids)
    written = EntryEmbeddings(VOCABULARY, TABLE, room)(choices, mask)
    for row, entries in enumerate(ids):
        tokens = [piece for entry in entries for piece in PIECES[entry]][:room]
        assert written.lengths[row] == len(tokens)
        assert torch.equal(written.embeddings[row, : len(tokens)], TABLE[tokens])
        assert (written.embeddings[row, len(tokens) :] == 0).all()
    assert written.embeddings.shape[1] == max(1, int(written.lengths.max()))


def test_masked_positions_yield_nothing_whatever_they_hold():
    choices, _ = one_hot([[2, 3, 1]])
    written = EntryEmbeddings(VOCABULARY, TABLE, 10)(choices, torch.tensor([[True, False, True]]))
    assert torch.equal(written.embeddings[0], TABLE[[7, 8, 4]])


def test_nothing_written_has_no_length():
    choices, mask = one_hot([[0, 0], [0]])
    assert EntryEmbeddings(VOCABULARY, TABLE, 10)(choices, mask).lengths.tolist() == [0, 0]


def test_gradients_reach_every_candidate():
    """What an entry would have put into the places of the chosen one's pieces."""
    choices, mask = one_hot([[0, 2]])
    choices.requires_grad_(True)
    weights = torch.randn(2, 5, generator=torch.Generator().manual_seed(1))
    (EntryEmbeddings(VOCABULARY, TABLE, 10)(choices, mask).embeddings[0] * weights).sum().backward()
    for entry, ids in enumerate(PIECES):
        expected = sum(
            (weights[place] @ TABLE[piece] for place, piece in enumerate(ids[:2])), torch.zeros(())
        )
        torch.testing.assert_close(choices.grad[0, 1, entry], expected)
    assert (choices.grad[0, 0] == 0).all()


def test_means_of_pieces():
    means = EntryEmbeddings(VOCABULARY, TABLE, 10).means()
    assert (means[0] == 0).all()
    for entry, ids in enumerate(PIECES[1:], start=1):
        torch.testing.assert_close(means[entry], TABLE[list(ids)].mean(dim=0))


def test_the_table_is_frozen():
    module = EntryEmbeddings(VOCABULARY, TABLE.clone().requires_grad_(True), 10)
    assert not list(module.parameters())
    assert not module.pieces.requires_grad


@pytest.mark.parametrize("room", [1, 2, 3])
def test_a_word_is_cut_at_the_end_of_the_room(room):
    choices, mask = one_hot([[3]])
    written = EntryEmbeddings(VOCABULARY, TABLE, room)(choices, mask)
    assert torch.equal(written.embeddings[0], TABLE[[4, 9, 11][:room]])
