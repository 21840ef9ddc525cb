"""Words become units and come back, whatever the kind."""

import pytest

from unsup_asr.data.output_units import CLIP_PIECES, KINDS, SENTENCEPIECE, OutputUnits, output_units
from unsup_asr.data.vocabulary import Vocabulary
from unsup_asr.errors import InputError, UsageError

CAPTIONS = [
    line.split() for line in ["a dog runs", "the spotted dog sleeps", "a café", "zebras sleep", "a dog"]
] * 3


@pytest.fixture(scope="module")
def vocabulary(tokenizer) -> Vocabulary:
    return Vocabulary.from_captions(CAPTIONS, tokenizer)


@pytest.fixture(params=KINDS)
def units(request, vocabulary) -> OutputUnits:
    return output_units(request.param, vocabulary, CAPTIONS, 40)


def test_every_caption_comes_back(units):
    for caption in CAPTIONS:
        written = units.encode(caption)
        words = units.words(written)
        assert [word.word for word in words] == caption
        assert all(0 <= unit < len(units) for unit in written)
        bounds = [bound for word in words for bound in (word.first, word.last)]
        assert bounds[0] == 0 and bounds[-1] == len(written) and bounds[1:-1:2] == bounds[2::2]


def test_clip_pieces_are_those_of_the_vocabulary(vocabulary):
    units = output_units(CLIP_PIECES, vocabulary, CAPTIONS, 40)
    assert set(units.tokens) == {piece for entry in vocabulary.entries for piece in entry.pieces}
    for entry in vocabulary.entries[1:]:
        assert tuple(units.tokens[unit] for unit in units.encode([entry.word])) == entry.pieces


def test_sentencepiece_finds_about_as_many_as_asked_for(vocabulary):
    few, many = (output_units(SENTENCEPIECE, vocabulary, CAPTIONS, size) for size in (1, 1000))
    letters = set("".join(word for caption in CAPTIONS for word in caption))
    assert len(few) <= len(letters) + 8 and len(few) <= len(many)
    assert few.tokens[few.encode(["a"])[0]].startswith("▁")


def test_the_same_captions_have_the_same_units(units, vocabulary):
    assert output_units(units.kind, vocabulary, CAPTIONS, 40) == units


def test_units_are_read_as_they_were_written(units, tmp_path):
    units.write(tmp_path / "units.json")
    assert OutputUnits.read(tmp_path / "units.json") == units


def test_nothing_reads_as_no_words(units):
    assert units.words([]) == [] and units.encode([]) == []


def test_a_word_that_lacks_its_end_is_a_word(vocabulary):
    units = OutputUnits(CLIP_PIECES, ("zeb", "ras</w>", "a</w>"), {})
    assert [word.word for word in units.words([2, 0])] == ["a", "zeb"]
    assert [(word.word, word.first, word.last) for word in units.words([0, 1, 2])] == [
        ("zebras", 0, 2),
        ("a", 2, 3),
    ]


def test_half_a_character_does_no_harm(tokenizer):
    pieces = tuple(tokenizer.decoder[i] for i in tokenizer.encode("東"))
    units = OutputUnits(CLIP_PIECES, pieces, {})
    assert units.words(range(len(pieces)))[0].word == "東"
    assert "�" in units.words([0])[0].word


def test_words_out_of_vocabulary_are_refused(units):
    with pytest.raises(InputError, match="'giraffe' is none of the"):
        units.encode(["a", "giraffe"])


def test_other_kinds_are_refused(vocabulary):
    with pytest.raises(UsageError, match="no units 'letters'"):
        output_units("letters", vocabulary, CAPTIONS, 40)
