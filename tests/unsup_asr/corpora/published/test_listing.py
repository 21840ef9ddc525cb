"""Lists as publishers ship them."""

from pathlib import Path

import pytest

from unsup_asr.corpora.preparation import LeftOut
from unsup_asr.corpora.published.listing import Listing, columns, distinct, require, shortfall
from unsup_asr.data.manifest import Utterance
from unsup_asr.errors import InputError


def utterance(id: str, text: str | None = None) -> Utterance:
    return Utterance(id, Path(f"{id}.wav"), 0.0, "en", text=text)


def test_an_id_counts_once_in_all_splits():
    earlier = LeftOut("line 7", None, "no line", broken=True)
    first, again = utterance("a", "first"), utterance("a", "second")
    splits = {"train": [first, utterance("b"), again], "test": [again, utterance("c")]}
    found = distinct(Listing(splits, [earlier]))
    assert found.splits == {"train": [first, utterance("b")], "test": [utterance("c")]}
    twice = [LeftOut("a", split, "utterance is listed before", broken=False) for split in ("train", "test")]
    assert found.left_out == [earlier, *twice]


def test_a_short_list_says_so_and_a_whole_one_nothing():
    (told,) = shortfall("list.txt", "train", 1234, 6000, "pictures")
    assert (told.id, told.split, told.broken) == ("list.txt", "train", False)
    assert told.reason == "1,234 pictures are listed, 6,000 are published"
    assert not list(shortfall("list.txt", "train", 6000, 6000, "pictures"))


def test_lines_with_other_numbers_of_fields_are_named(tmp_path):
    (path := tmp_path / "list.txt").write_text("a  b\n\nc d e\nf\tg\n")
    rows, faulty = columns(path, 2)
    assert rows == [["a", "b"], ["f", "g"]]
    assert faulty == [LeftOut("list.txt:3", None, "line of list.txt has not 2 fields", broken=True)]
    rows, faulty = columns(path, 2, separator="\t")
    assert rows == [["f", "g"]] and len(faulty) == 2


def test_a_folder_that_is_not_the_corpus_is_refused(tmp_path):
    (tmp_path / "a.txt").touch()
    require(tmp_path, ["a.txt"], "Corpus", "its page")
    with pytest.raises(
        InputError, match=r"is not Corpus: b\.txt is missing .*that holds a\.txt, b\.txt.*its page"
    ):
        require(tmp_path, ["a.txt", "b.txt"], "Corpus", "its page")
