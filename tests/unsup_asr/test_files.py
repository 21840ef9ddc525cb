import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.files import read_json, read_jsonl, write_json, write_jsonl

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_rows_that_fail_on_the_way_leave_the_old_file(tmp_path):
    def rows():
        yield {"row": 1}
        raise RuntimeError("row 2")

    path = tmp_path / "rows.jsonl"
    write_jsonl(path, [{"row": 0}])
    with pytest.raises(RuntimeError, match="row 2"):
        write_jsonl(path, rows())
    assert read_jsonl(path) == [{"row": 0}]


@given(value=JSON)
def test_json_is_read_as_written(tmp_path_factory, value):
    path = tmp_path_factory.getbasetemp() / "value.json"
    write_json(path, value)
    assert read_json(path) == value


@given(rows=st.lists(JSON, max_size=4))
def test_jsonl_is_read_as_written_whatever_the_text(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "rows.jsonl"
    write_jsonl(path, rows)
    assert read_jsonl(path) == rows


def test_empty_lines_are_passed_over(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\n\n  \n{"a": "\u2028"}', encoding="utf-8")
    assert read_jsonl(path) == [{"a": 1}, {"a": "\u2028"}]
