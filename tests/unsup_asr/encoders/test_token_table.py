"""The reduced vocabulary comes from captions alone; neighbours are those of a cosine worked out one by one."""

from collections import Counter

import pytest
import torch
from torch.nn import functional

from unsup_asr.encoders import token_table as module
from unsup_asr.encoders.clip import Clip
from unsup_asr.encoders.token_table import TokenTable
from unsup_asr.errors import InputError

CAPTIONS = [line.split() for line in ("a dog runs", "a white dog", "skateboarding nationalpark", "a cat", "")]
START, END, PAD = 49406, 49407, 0


@pytest.fixture(scope="module")
def clip(tiny_clip) -> Clip:
    return Clip.load(str(tiny_clip))


@pytest.fixture(scope="module")
def table(clip) -> TokenTable:
    return TokenTable.from_captions(CAPTIONS, clip)


def test_the_tokens_are_those_of_the_captions_the_most_frequent_first(clip, table):
    counts = Counter(id for words in CAPTIONS for word in words for id in clip.tokenizer.encode(word))
    assert table.ids.tolist() == sorted(counts, key=lambda id: (-counts[id], id))
    assert table.pieces[:2] == ("a</w>", "dog</w>")
    assert [clip.tokenizer.encoder[piece] for piece in table.pieces] == table.ids.tolist()
    assert torch.equal(table.embeddings, clip.token_embeddings[table.ids])
    assert len(table) == len(counts)


def test_special_tokens_are_never_candidates(clip):
    marks = [["!", "dog"], ["<start_of_text>", "<end_of_text>"]]
    assert not {PAD, START, END} & set(TokenTable.from_captions(marks, clip).ids.tolist())
    assert TokenTable.whole(clip).ids.tolist() == list(range(1, START))
    assert clip.tokenizer([""])[0].tolist() == [START, END] + [PAD] * (clip.context_length - 2)
    assert clip.tokenizer.decoder[PAD] == "!"


def test_tokens_without_an_embedding_are_left_out(tiny_clip):
    clip = Clip.load(str(tiny_clip))
    cat, dog = (clip.tokenizer.encode(word)[0] for word in ("cat", "dog"))
    clip.token_embeddings.data[cat] = 0
    assert cat not in TokenTable.whole(clip).ids and dog in TokenTable.whole(clip).ids
    assert TokenTable.from_captions([["cat", "dog"]], clip).ids.tolist() == [dog]
    with pytest.raises(InputError, match="no token that CLIP knows"):
        TokenTable.from_captions([["cat"]], clip)


def test_the_table_does_not_follow_clips_weights(tiny_clip):
    clip = Clip.load(str(tiny_clip))
    table = TokenTable.from_captions(CAPTIONS, clip)
    before = table.embeddings.clone()
    clip.token_embeddings.data += 1
    assert torch.equal(table.embeddings, before)


@pytest.mark.parametrize("chunk", [1, 20, 10**6])
def test_neighbours_are_those_of_cosines_one_by_one(table, monkeypatch, chunk):
    monkeypatch.setattr(module, "_CHUNK", chunk)
    queries = torch.randn(3, 2, 32, generator=torch.Generator().manual_seed(0))
    found = table.nearest(queries, 4)
    for b in range(3):
        for k in range(2):
            cosines = functional.cosine_similarity(queries[b, k][None], table.embeddings)
            best = cosines.argsort(descending=True)[:4]
            assert torch.equal(found.rows[b, k], best)
            torch.testing.assert_close(found.scores[b, k], cosines[best])


def test_a_token_is_its_own_nearest_whatever_its_length(table):
    found = table.nearest(7 * table.embeddings, 1)
    assert found.rows[:, 0].tolist() == list(range(len(table)))
    torch.testing.assert_close(found.scores[:, 0], torch.ones(len(table)))
    assert table.nearest(table.embeddings[3], 2).rows.shape == (2,)
    assert table.nearest(torch.zeros(0, 5, 32), 2).rows.shape == (0, 5, 2)


def test_more_neighbours_than_tokens_are_refused(table):
    with pytest.raises(InputError, match=rf"{len(table) + 1} neighbours asked of {len(table)} tokens"):
        table.nearest(table.embeddings, len(table) + 1)


def test_it_is_read_as_it_was_written(table, tmp_path):
    table.write(tmp_path / "tokens.safetensors")
    read = TokenTable.read(tmp_path / "tokens.safetensors")
    assert torch.equal(read.ids, table.ids) and read.pieces == table.pieces
    assert torch.equal(read.embeddings, table.embeddings)


def test_what_is_no_table_is_refused(tmp_path, tiny_clip):
    for path in (tmp_path / "missing", tiny_clip / "open_clip_model.safetensors", tmp_path):
        with pytest.raises(InputError, match="is no token table"):
            TokenTable.read(path)
    (tmp_path / "text").write_text("no safetensors")
    with pytest.raises(InputError, match="is no token table"):
        TokenTable.read(tmp_path / "text")
