import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.data.captions import normalise
from unsup_asr.data.vocabulary import NULL, Vocabulary, caption_pieces
from unsup_asr.errors import InputError

CAPTIONS = [
    normalise(line)
    for line in (
        "A dog runs.",
        "A dog, a dachshund, doesn't skateboard!",
        "Two dogs near the naïve café",
        "A donaudampfschifffahrtsgesellschaft",
    )
]


@pytest.fixture(scope="module")
def vocabulary(tokenizer) -> Vocabulary:
    return Vocabulary.from_captions(CAPTIONS, tokenizer)


def test_null_comes_first_and_the_frequent_before_the_rare(vocabulary):
    null = vocabulary.entries[NULL]
    assert (null.id, null.pieces, null.clip_ids, null.count, null.word) == (0, (), (), 0, "")
    assert [entry.id for entry in vocabulary.entries] == list(range(len(vocabulary)))
    assert vocabulary.words[:3] == ["", "a", "dog"]
    assert [entry.count for entry in vocabulary.entries[1:4]] == [4, 2, 1]
    rare = vocabulary.words[3:]
    assert rare == sorted(rare)


def test_words_have_clips_own_pieces(vocabulary, tokenizer):
    of_word = {entry.word: entry for entry in vocabulary.entries}
    assert of_word["dog"].pieces == ("dog</w>",)
    assert of_word["dachshund"].pieces == ("dachshund</w>",)
    assert of_word["doesn't"].pieces == ("doesn</w>", "'t</w>")
    assert len(of_word["naïve"].pieces) == 3
    for entry in vocabulary.entries[1:]:
        assert list(entry.clip_ids) == tokenizer.encode(entry.word)


def test_words_of_many_pieces_are_left_out(tokenizer):
    longest = Vocabulary.from_captions(CAPTIONS, tokenizer, max_pieces=20)
    for most in (1, 2, 3):
        some = Vocabulary.from_captions(CAPTIONS, tokenizer, max_pieces=most)
        kept = [entry.word for entry in longest.entries if len(entry.pieces) <= most]
        assert some.words == kept
    assert "donaudampfschifffahrtsgesellschaft" in longest.words
    assert "donaudampfschifffahrtsgesellschaft" not in Vocabulary.from_captions(CAPTIONS, tokenizer).words


def test_words_seen_too_seldom_are_left_out(tokenizer):
    assert Vocabulary.from_captions(CAPTIONS, tokenizer, min_count=2).words == ["", "a", "dog"]


def test_captions_that_leave_no_word_are_refused(tokenizer):
    with pytest.raises(InputError, match="no word of at most 3 pieces seen 9 times"):
        Vocabulary.from_captions(CAPTIONS, tokenizer, min_count=9)


def test_the_index_leads_back_to_every_word(vocabulary):
    index = vocabulary.index()
    assert len(index) == len(vocabulary) - 1
    assert {word: vocabulary.words[id] for word, id in index.items()} == {word: word for word in index}
    assert {"café", "naïve", "doesn't"} <= set(index)


@given(text=st.text(min_size=1, max_size=8))
def test_a_word_of_any_script_is_written_as_it_came(tokenizer, text):
    """Letters beyond ASCII are several of CLIP's byte pieces."""
    words = normalise(text)
    known = {word for word in words if tokenizer.decode(tokenizer.encode(word)).replace(" ", "") == word}
    if known:
        vocabulary = Vocabulary.from_captions([list(known)], tokenizer, max_pieces=100)
        assert set(vocabulary.index()) == known


def test_it_is_read_as_written(vocabulary, tmp_path):
    path = tmp_path / "vocabulary.json"
    vocabulary.write(path)
    assert Vocabulary.read(path) == vocabulary
    assert json.loads(path.read_text())[1] == {"id": 1, "pieces": ["a</w>"], "clip_ids": [320], "count": 4}


def test_captions_as_pieces(tokenizer):
    pieces = caption_pieces(CAPTIONS, tokenizer)
    assert pieces[0] == ["a</w>", "dog</w>", "runs</w>"]
    for caption, row in zip(CAPTIONS, pieces, strict=True):
        assert row == [tokenizer.decoder[id] for id in tokenizer.encode(" ".join(caption))]
