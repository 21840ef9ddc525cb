import gzip
from pathlib import Path

import numpy as np
import pytest

from lm.arpa import read_arpa, write_arpa
from lm.errors import LanguageModelError
from lm.kenlm_model import KenLM
from lm.kneser_ney import estimate
from lm.ngrams import NEVER


@pytest.mark.parametrize("order", [1, 2, 4])
@pytest.mark.parametrize("name", ["model.arpa", "model.arpa.gz"])
def test_what_is_written_is_read_back(tmp_path: Path, text, order, name):
    model = estimate(text, order)
    write_arpa(model, tmp_path / name)
    back = read_arpa(tmp_path / name)
    assert back.vocabulary == model.vocabulary
    for ours, theirs in zip(model.grams, back.grams, strict=True):
        np.testing.assert_array_equal(ours.ids, theirs.ids)
        np.testing.assert_array_equal(ours.log10_probabilities, theirs.log10_probabilities)
        np.testing.assert_array_equal(ours.log10_backoffs, theirs.log10_backoffs)


def test_the_same_model_gives_the_same_bytes_and_nothing_else_in_the_folder(tmp_path: Path, text):
    paths = [tmp_path / "a" / "one.arpa.gz", tmp_path / "b" / "two.arpa.gz"]
    for path in paths:
        write_arpa(estimate(text, 3), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert sorted(path.name for path in tmp_path.glob("*/*")) == ["one.arpa.gz", "two.arpa.gz"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, text):
    path = tmp_path / "model.arpa"
    path.write_text("old")
    model = estimate(text, 2)
    model.vocabulary.pop()
    with pytest.raises(IndexError):
        write_arpa(model, path)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["model.arpa", "model.arpa.gz"])
def test_kenlm_reads_it_without_a_warning(tmp_path: Path, text, name, capfd):
    import kenlm

    write_arpa(estimate(text, 4, (0, 0, 1)), tmp_path / name)
    config = kenlm.Config()
    config.show_progress = False
    kenlm.Model(str(tmp_path / name), config)
    assert "warn" not in capfd.readouterr().err.lower()


def test_kenlm_model_is_silent(tmp_path: Path, text, capfd):
    write_arpa(estimate(text, 3), tmp_path / "model.arpa")
    KenLM(tmp_path / "model.arpa")
    assert capfd.readouterr() == ("", "")


GOOD = """\
\\data\\
ngram 1=4
ngram 2=2

\\1-grams:
-0.8\t<unk>\t0
0\t<s>\t-0.3
-0.4\t</s>
-0.4\ta\t-0.3

\\2-grams:
-0.15\t<s> a
-0.15\ta </s>

\\end\\
"""


def test_a_back_off_may_be_left_out_and_spaces_may_stand_for_tabs(tmp_path: Path):
    path = tmp_path / "model.arpa"
    path.write_text(GOOD)
    model = read_arpa(path)
    np.testing.assert_allclose(model.grams[0].log10_backoffs, [0, -0.3, 0, -0.3])
    path.write_text(GOOD.replace("\t", " "))
    np.testing.assert_array_equal(read_arpa(path).grams[1].ids, model.grams[1].ids)


def test_minus_infinity_is_read_as_what_stands_for_it(tmp_path: Path):
    path = tmp_path / "model.arpa"
    path.write_text(GOOD.replace("-0.4\ta\t-0.3", "-0.4\ta\t-inf").replace("-0.8\t<unk>", "-inf\t<unk>"))
    unigrams = read_arpa(path).grams[0]
    assert unigrams.log10_backoffs[3] == unigrams.log10_probabilities[0] == NEVER


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("\\data\\\n", "", "line 1: expected '.+data.+'"),
        ("ngram 1=4\n", "", "line 2: expected 'ngram 1=COUNT'"),
        ("ngram 1=4", "ngram 1=four", "line 2: expected 'ngram 1=COUNT'"),
        ("ngram 1=4", "ngram 1=5", "line 10: expected a probability, 1 words"),
        ("ngram 1=4", "ngram 1=3", "line 9: expected '.+2-grams:', found '-0.4"),
        ("ngram 2=2", "ngram 2=1", "line 13: expected '.+end.+', found '-0.15"),
        ("ngram 2=2", "ngram 2=3", "line 14: expected a probability, 2 words"),
        ("ngram 2=2\n", "", "line 5: expected a probability, 1 words, found 3 fields"),
        ("\\1-grams:", "\\one-grams:", "line 5: expected '.+1-grams:'"),
        ("\\2-grams:\n", "", "line 11: expected '.+2-grams:'"),
        ("-0.15\ta </s>", "-0.15\ta", "line 13: expected a probability, 2 words, found 2 fields"),
        ("-0.15\ta </s>", "-0.15\ta </s> b c", "line 13: .* found 5 fields"),
        ("-0.15\ta </s>", "-0.15\ta b", "line 13: the word 'b' has no unigram"),
        ("-0.15\ta </s>", "nan\ta </s>", "line 13: expected a log10 probability"),
        ("-0.15\ta </s>", "0.15\ta </s>", "line 13: expected a log10 probability"),
        ("-0.15\ta </s>", "x\ta </s>", "line 13: expected a log10 probability"),
        ("0\t<s>\t-0.3", "0\t<s>", "line 7: longer n-grams follow this one, but its back-off is missing"),
        ("-0.4\ta\t-0.3", "-0.4\ta", "line 9: longer n-grams follow this one"),
        ("-0.3\n-0.4\t</s>", "inf\n-0.4\t</s>", "line 7: expected .* finite back-off"),
        ("<s>\t-0.3", "<s>\tNaN", "line 7: expected a log10 probability"),
        ("-0.8\t<unk>", "-0.8\ta", "the unigram 'a' stands twice"),
        ("\n\\end\\\n", "", "the file ends before .+end."),
        ("\n\\2-grams:\n-0.15\t<s> a\n-0.15\ta </s>\n\n\\end\\\n", "", "the file ends before"),
        ("-0.15\ta </s>\n\n\\end\\\n", "", "the file ends inside a list"),
    ],
)
def test_a_faulty_file_is_refused_with_line_and_remedy(tmp_path: Path, old, new, message):
    assert old in GOOD
    path = tmp_path / "model.arpa"
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(LanguageModelError, match=message) as caught:
        read_arpa(path)
    assert str(path) in str(caught.value) and caught.value.remedy


def test_a_word_that_is_not_utf8_is_refused(tmp_path: Path):
    path = tmp_path / "model.arpa"
    path.write_bytes(
        GOOD.encode().replace(b"\ta\t", b"\t\xff\t").replace(b" a", b" \xff").replace(b"\ta ", b"\t\xff ")
    )
    with pytest.raises(LanguageModelError, match="not UTF-8"):
        read_arpa(path)


@pytest.mark.parametrize("kept", [15, 0.5, 0.9, 0.999])
def test_a_gzip_file_that_was_cut_is_refused(tmp_path: Path, text, kept):
    path = tmp_path / "model.arpa.gz"
    write_arpa(estimate(text, 3), path)
    packed = path.read_bytes()
    path.write_bytes(packed[: kept if isinstance(kept, int) else int(kept * len(packed))])
    with pytest.raises(LanguageModelError, match="gzip data ends early") as caught:
        read_arpa(path)
    assert caught.value.remedy


def test_a_damaged_gzip_file_and_a_missing_file_are_refused(tmp_path: Path):
    packed = bytearray(gzip.compress(GOOD.encode()))
    packed[-6] ^= 0xFF  # the checksum
    path = tmp_path / "model.arpa.gz"
    path.write_bytes(packed)
    with pytest.raises(LanguageModelError, match="damaged"):
        read_arpa(path)
    with pytest.raises(LanguageModelError, match="no such file"):
        read_arpa(tmp_path / "none.arpa")
