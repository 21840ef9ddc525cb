from unsup_asr.errors import InputError, UsageError


def test_an_error_says_where_what_and_what_to_do():
    error = InputError("duration is -1, at least 0 is wanted", where="a.jsonl:3", remedy="correct `duration`")
    assert str(error) == "a.jsonl:3: duration is -1, at least 0 is wanted (correct `duration`)"
    assert (error.what, error.where) == ("duration is -1, at least 0 is wanted", "a.jsonl:3")
    assert error.remedy == "correct `duration`"


def test_place_and_advice_may_be_missing():
    assert str(InputError("holds nothing")) == "holds nothing"
    assert str(InputError("holds nothing", where=0)) == "0: holds nothing"


def test_misuse_is_an_input_error_and_a_value_error():
    assert issubclass(UsageError, InputError)
    assert issubclass(InputError, ValueError)
