"""Keywords planted on tokens are said with these, and read as they were written."""

import json

import pytest
import torch

from unsup_asr.encoders.clip import Clip
from unsup_asr.encoders.token_table import TokenTable
from unsup_asr.errors import InputError
from unsup_asr.evaluation.keywords import Place, detokenise, read_keywords, write_keywords

WORDS = ["dog", "cat", "runs", "white", "snow"]


@pytest.fixture(scope="module")
def table(tiny_clip) -> TokenTable:
    return TokenTable.from_captions([[word] for word in WORDS], Clip.load(str(tiny_clip)))


def planted(table: TokenTable, *tokens: str) -> torch.Tensor:
    return torch.stack([3 * table.embeddings[table.pieces.index(f"{token}</w>")] for token in tokens])


def test_keywords_are_said_with_their_nearest_tokens(table):
    keywords = [planted(table, "dog", "snow"), torch.zeros(0, 32), planted(table, "runs")]
    places = [[Place(0.0, 0.5), Place(0.5, 1.0)], [], [Place(0.2, 0.4)]]
    first, none, last = detokenise(["a", "b", "c"], ["dog snow", "", "runs"], keywords, table, 3, places)
    assert (first.id, first.gold, none.id, none.keywords) == ("a", "dog snow", "b", ())
    assert [keyword.neighbours[0].token for keyword in first.keywords] == ["dog</w>", "snow</w>"]
    assert [keyword.neighbours[0].token for keyword in last.keywords] == ["runs</w>"]
    assert [keyword.place for keyword in (*first.keywords, *last.keywords)] == [*places[0], *places[2]]
    assert all(len(keyword.neighbours) == 3 for keyword in first.keywords)
    scores = [neighbour.score for neighbour in first.keywords[0].neighbours]
    assert scores[0] == pytest.approx(1) and scores == sorted(scores, reverse=True)


def test_a_small_table_gives_as_many_as_it_has(table):
    (said,) = detokenise(["a"], [""], [planted(table, "dog")], table, 50)
    assert len(said.keywords[0].neighbours) == len(table)
    assert said.keywords[0].place is None


def test_they_are_read_as_they_were_written(table, tmp_path):
    keywords = [planted(table, "dog", "cat"), torch.zeros(0, 32)]
    said = detokenise(
        ["ü", "b"], ["ein Hund", ""], keywords, table, 2, [[Place(0.0, 1.0), Place(1.0, 2.0)], []]
    )
    said += detokenise(["c"], [""], keywords[:1], table)
    path = tmp_path / "keywords.json"
    write_keywords(path, said)
    assert read_keywords(path) == said
    row = json.loads(path.read_text().splitlines()[0])
    assert row["keywords"][0]["neighbours"][0] == {"token": "dog</w>", "score": pytest.approx(1)}
    for text in ("[1]\n", "{\n", '{"id": "a", "gold": "", "keywords": [{"neighbours": [{"word": 1}]}]}\n'):
        path.write_text(text)
        with pytest.raises(InputError, match=r"keywords\.json: holds no keywords"):
            read_keywords(path)
