"""From the written file alone, other programs come to the same scores."""

import jiwer
import pytest
import sacrebleu

from unsup_asr.data.normalisers import ENGLISH
from unsup_asr.errors import InputError
from unsup_asr.evaluation.recognition import wer
from unsup_asr.evaluation.scored import Scored, read_scored, write_scored
from unsup_asr.evaluation.translation import translation_scores

REFERENCES = [["A red dog RUNS.", "A dog, running fast"], ["two cats sleep on a bed", "cats in a bed asleep"]]
WRITTEN = ["a red dog runs fast", "two cats on a bed"]


@pytest.fixture
def written(tmp_path):
    references = [[ENGLISH(text) for text in texts] for texts in REFERENCES]
    write_scored(tmp_path / "test.jsonl", ["a", "b"], references, WRITTEN, ENGLISH.version)
    return tmp_path / "test.jsonl"


def test_what_was_scored_comes_back(written):
    first = Scored("a", ("a red dog runs", "a dog running fast"), WRITTEN[0], ENGLISH.version)
    assert read_scored(written)[0] == first


def test_the_scores_follow_from_the_file(written):
    rows = read_scored(written)
    references = [list(row.references) for row in rows]
    hypotheses = [row.hypothesis for row in rows]
    first = [texts[0] for texts in references]
    streams = [list(stream) for stream in zip(*references, strict=True)]
    assert 100 * jiwer.wer(first, hypotheses) == pytest.approx(wer(first, hypotheses))
    bleu = sacrebleu.corpus_bleu(hypotheses, streams).score
    assert bleu == pytest.approx(translation_scores(references, hypotheses).bleu)


def test_output_that_lacks_its_reference_is_refused(tmp_path):
    with pytest.raises(InputError):
        write_scored(tmp_path / "test.jsonl", ["a"], [["one"]], ["one", "two"], ENGLISH.version)
