"""Names and notations of fairseq."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmenters.errors import SegmentationError
from segmenters.fairseq.convolutions import KERNELS, STRIDES, Convolution, read_convolutions
from segmenters.fairseq.names import computes_frames, transformers_name
from tests.unsup_asr.encoders.fairseq.written import MODELS, fairseq_weights


@pytest.mark.parametrize("kind", MODELS)
def test_every_weight_has_its_name(kind: str) -> None:
    model = MODELS[kind]()
    named = [transformers_name(name) for name in fairseq_weights(model)]
    assert named == list(model.state_dict())


@pytest.mark.parametrize(
    "name", ["final_proj.weight", "quantizer.vars", "label_embs_concat", "_ema", "x.weight"]
)
def test_heads_of_the_training_have_none(name: str) -> None:
    assert transformers_name(name) is None and not computes_frames(name)


@pytest.mark.parametrize(
    "name",
    [
        "encoder.layers.0.conv_module.depthwise_conv.weight",
        "encoder.layers.x.fc1.weight",
        "encoder.pos_conv.0.running_mean",
        "project_inp.weight",
    ],
)
def test_what_computes_frames_cannot_be_left_out(name: str) -> None:
    assert transformers_name(name) is None and computes_frames(name)


lists = st.lists(st.tuples(*[st.integers(1, 999)] * 3), max_size=3)
sums = st.lists(st.tuples(lists, st.integers(1, 5)), min_size=1, max_size=4)


@given(sums)
def test_convolutions_are_what_python_makes_of_them(
    terms: list[tuple[list[tuple[int, int, int]], int]],
) -> None:
    notation = " + ".join(f"{triples} * {times}" for triples, times in terms)
    expected = [Convolution(*triple) for triples, times in terms for triple in triples * times]
    assert read_convolutions(f" {notation}") == expected


@pytest.mark.parametrize(
    "notation",
    [
        "",
        "[(1, 2)]",
        "[1]",
        "[(1, 2, 3)] * 999999999",
        "[(1, 2, 3)] * -1",
        "f()",
        "[(1, 2, 'a')]",
        "[(1, 2, 3)] * 9 * 9",
        "-" * 9999 + "1",
    ],
)
def test_other_notations_are_refused(notation: str) -> None:
    with pytest.raises(SegmentationError, match="is no sum of lists") as refusal:
        read_convolutions(notation)
    assert refusal.value.remedy and len(refusal.value.what) < 200


def test_published_convolutions_have_these_kernels_and_strides() -> None:
    found = read_convolutions("[(512,10,5)] + [(512,3,2)] * 4 + [(512,2,2)] * 2")
    assert tuple(convolution.kernel for convolution in found) == KERNELS
    assert tuple(convolution.stride for convolution in found) == STRIDES
