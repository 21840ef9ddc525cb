from pathlib import Path

import pytest
import torch

from lm.kneser_ney import estimate
from lm.tensor_model import EntryLM
from unsup_asr.data.vocabulary import Entry, Vocabulary
from unsup_asr.decoding.heard_words import heard_words
from unsup_asr.decoding.hypothesis import (
    UNHEARD,
    Alternative,
    DecodedWord,
    Hypothesis,
    read_hypotheses,
    write_hypotheses,
)
from unsup_asr.decoding.reordering import ReorderingConfig
from unsup_asr.decoding.rewriting import RewritingConfig
from unsup_asr.decoding.translator import Translator, most_frequent
from unsup_asr.errors import InputError
from unsup_asr.models.denoiser import Denoiser, DenoiserConfig

TEXT = ["a dog is under a tree", "a cat is under a dog", "a tree is behind a cat", "a dog is behind a tree"]
WORDS = ["a", "is", "dog", "tree", "under", "cat", "behind"]
COUNTS = [8, 4, 3, 3, 2, 2, 2]
VOCABULARY = Vocabulary(
    (
        Entry(0, (), (), 0),
        *(Entry(k, (f"{w}</w>",), (k,), n) for k, (w, n) in enumerate(zip(WORDS, COUNTS, strict=True), 1)),
    )
)
LM = EntryLM.from_arpa(
    estimate([[f"{w}</w>" for w in line.split()] for line in TEXT], 3), [e.pieces for e in VOCABULARY.entries]
)
FUNCTION = torch.tensor([word in ("a", "is", "under", "behind") for word in VOCABULARY.words])


def translator(denoiser: Denoiser | None = None, reordering: ReorderingConfig | None = None) -> Translator:
    return Translator(VOCABULARY, LM, FUNCTION, reordering, denoiser, RewritingConfig())


def network() -> Denoiser:
    torch.manual_seed(0)
    return Denoiser(DenoiserConfig(width=16, hidden=16, heads=2), len(VOCABULARY)).eval()


def spoken(text: str, doubt: str = "") -> Hypothesis:
    """Each word with a probability of 0.8; `doubt` is the last one's alternative."""
    names = text.split()
    words = [DecodedWord(w, k / 2, k / 2 + 0.4, 0.8) for k, w in enumerate(names)]
    if doubt:
        last = words[-1]
        words[-1] = DecodedWord(last.word, last.start, last.end, 0.5, (Alternative(doubt, 0.45),))
    return Hypothesis("u", text, tuple(words), -1.0)


def test_words_of_another_order_become_english_and_know_their_segments():
    (found,) = translator(reordering=ReorderingConfig(distortion=0.1)).reordered([spoken("dog tree under")])
    assert found.text == "a dog is under a tree"
    assert found.sources == (UNHEARD, 0, UNHEARD, 2, UNHEARD, 1)
    assert found.words == spoken("dog tree under").words


def test_without_its_parts_a_translator_changes_nothing():
    given = [spoken("dog tree under")]
    assert translator().reordered(given) == given
    assert translator().denoised(given) == given


def test_alternatives_and_unknown_words():
    """`xyz` is no word of the captions; what else it may be is."""
    config = ReorderingConfig(candidates=2)
    heard = heard_words([spoken("dog xyz", doubt="tree"), spoken("a")], VOCABULARY, config)
    assert heard.lengths.tolist() == [2, 1]
    assert heard.entries[0, 1, 0] == VOCABULARY.index()["tree"]
    shares = torch.tensor(COUNTS) / sum(COUNTS)
    expected = torch.tensor([0.8, 0.45]).log() - shares[[2, 3]].log()
    torch.testing.assert_close(heard.scores[0, [0, 1], [0, 0]], expected)
    assert heard.silent.unique().tolist() == [-config.deletion]
    silent = Hypothesis("u", "", (DecodedWord("", 0.0, 0.5, 0.9),), 0.0)
    assert float(heard_words([silent], VOCABULARY, config).silent) == pytest.approx(-0.105, abs=1e-3)


def test_the_insertable_words_are_the_most_frequent():
    assert most_frequent(FUNCTION, 3).tolist() == [1, 2, 5]


def test_rewritten_words_are_traced_to_equal_ones():
    (found,) = translator(network()).denoised([spoken("dog xyz tree tree")])
    assert found.sources is not None
    assert len(found.sources) == len(found.text.split())
    names = spoken("dog xyz tree tree").text.split()
    heard = [source for source in found.sources if source != UNHEARD]
    assert len(set(heard)) == len(heard)
    for word, source in zip(found.text.split(), found.sources, strict=True):
        assert source == UNHEARD or names[source] == word


def test_it_writes_the_same_after_saving(tmp_path: Path):
    given = [spoken("dog tree under"), spoken("cat a"), spoken("tree is cat dog behind", doubt="under")]
    before = translator(network(), ReorderingConfig(window=3))
    before.save(tmp_path)
    after = Translator.load(tmp_path, VOCABULARY, LM)
    assert after.reordering == before.reordering
    assert after.denoised(after.reordered(given)) == before.denoised(before.reordered(given))
    plain = translator()
    plain.save(tmp_path / "plain")
    assert Translator.load(tmp_path / "plain", VOCABULARY, LM).denoiser is None


def test_a_damaged_folder_is_named(tmp_path: Path):
    translator(network()).save(tmp_path)
    (tmp_path / "translator.safetensors").write_bytes(b"no")
    with pytest.raises(InputError, match="translator cannot be read"):
        Translator.load(tmp_path, VOCABULARY, LM)


def test_sources_are_written_where_there_are_some(tmp_path: Path):
    path = tmp_path / "decoded.jsonl"
    plain = spoken("dog tree under")
    moved = translator(reordering=ReorderingConfig()).reordered([plain])
    write_hypotheses(path, [plain, *moved])
    assert read_hypotheses(path) == [plain, *moved]
    lines = path.read_text().splitlines()
    assert ["sources" in line for line in lines] == [False, True]
