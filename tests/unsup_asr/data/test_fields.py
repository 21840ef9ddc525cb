"""Fields of a JSON object by type; every fault names the place and what is wanted."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.data.fields import Fields
from unsup_asr.errors import InputError

OTHERS = [True, "3", [3], {"a": 3}, math.nan, math.inf, 10**400]


def fields(**values: object) -> Fields:
    return Fields(values, "data.jsonl:7")


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.booleans(), max_size=4))
def test_objects_are_parsed_as_by_json(values):
    assert Fields.parse(json.dumps(values), "x:1").values == values


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("[1]", "a list"),
        ("3", "a bare value"),
        ("null", "null"),
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid"),
    ],
)
def test_what_is_no_object_is_refused_with_its_place(line, fault):
    with pytest.raises(InputError, match=f"data.jsonl:7.*{fault}"):
        Fields.parse(line, "data.jsonl:7")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_finite_numbers_are_numbers(value):
    assert fields(x=value).number("x") == value


@pytest.mark.parametrize("value", OTHERS, ids=[str(value)[:8] for value in OTHERS])
def test_others_are_not(value):
    with pytest.raises(InputError, match=r"data\.jsonl:7: field 'x' is .*a finite number"):
        fields(x=value).number("x")


def test_bounds_of_numbers():
    assert fields(x=0).number("x", least=0) == 0
    assert fields(x=1).number("x", above=0) == 1
    for value, bounds, wanted in ((-1, {"least": 0}, "at least 0"), (0, {"above": 0}, "above 0")):
        with pytest.raises(InputError, match=wanted):
            fields(x=value).number("x", **bounds)


def test_null_counts_as_missing():
    assert fields(x=None).number("x", default=2.0) == 2
    assert fields(x=None).optional_string("x") is None
    assert fields(x=None).strings("x") == () and fields().objects("x") == []
    for read in (fields(x=None).string, fields().number):
        with pytest.raises(InputError, match="field 'x' is missing"):
            read("x")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("", "string"),
        (3, "string"),
        (3, "optional_string"),
        (["a", 3], "strings"),
        ("ab", "strings"),
        ([3], "objects"),
    ],
)
def test_other_types_are_refused(value, read):
    with pytest.raises(InputError, match=r"field 'x' is .* is wanted"):
        getattr(fields(x=value), read)("x")


def test_inner_objects_know_their_place():
    inner = fields(words=[{"start": 1}, {"start": "b"}]).objects("words")
    assert inner[0].number("start") == 1
    with pytest.raises(InputError, match=r"data\.jsonl:7: words\[1\]: field 'start' is 'b'"):
        inner[1].number("start")


def test_long_values_are_shown_cut():
    with pytest.raises(InputError) as caught:
        fields(x="a" * 500).number("x")
    assert len(str(caught.value)) < 200
