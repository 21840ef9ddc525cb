import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.encoders.names import EncoderName


@pytest.mark.parametrize(
    ("name", "model", "layer"),
    [
        ("log_mel", "log_mel", None),
        ("facebook/hubert-base-ls960", "facebook/hubert-base-ls960", None),
        ("facebook/hubert-base-ls960:9", "facebook/hubert-base-ls960", 9),
        ("runs/a@data:x/model", "runs/a@data:x/model", None),
        ("odd:name:0", "odd:name", 0),
    ],
)
def test_a_number_behind_the_last_colon_is_a_layer(name, model, layer):
    assert EncoderName.parse(name) == EncoderName(model, layer)


@given(st.text(), st.integers(0, 99))
def test_what_is_written_is_read_back(model, layer):
    assert EncoderName.parse(str(EncoderName(model, layer))) == EncoderName(model, layer)
