from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.decoding.hypothesis import (
    Alternative,
    DecodedWord,
    Hypothesis,
    read_hypotheses,
    write_hypotheses,
)

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
ALTERNATIVES = st.builds(Alternative, st.text(), NUMBERS)
WORDS = st.builds(
    DecodedWord, st.text(), NUMBERS, NUMBERS, NUMBERS, st.lists(ALTERNATIVES, max_size=2).map(tuple)
)
HYPOTHESES = st.builds(Hypothesis, st.text(), st.text(), st.lists(WORDS, max_size=3).map(tuple), NUMBERS)


@given(hypotheses=st.lists(HYPOTHESES, max_size=3))
def test_hypotheses_are_read_as_written(tmp_path_factory, hypotheses):
    path = tmp_path_factory.getbasetemp() / "decoded" / "semantic.test.jsonl"
    write_hypotheses(path, hypotheses)
    assert read_hypotheses(path) == hypotheses


def test_one_utterance_a_line(tmp_path):
    word = DecodedWord("dog", 0.5, 0.9, 0.8, (Alternative("doll", 0.1),))
    write_hypotheses(
        tmp_path / "a.jsonl", [Hypothesis("u1", "dog", (word,), -1.5), Hypothesis("u2", "", (), 0.0)]
    )
    lines = (tmp_path / "a.jsonl").read_text().splitlines()
    assert lines[1] == '{"id": "u2", "text": "", "words": [], "score": 0.0}'
    assert '"alternatives": [{"word": "doll", "probability": 0.1}]' in lines[0]
