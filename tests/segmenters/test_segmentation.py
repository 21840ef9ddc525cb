"""Segmentations: valid or refused, and the same after a round trip through JSONL."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmenters.errors import SegmentationError
from segmenters.segmentation import Segmentation, Span, read_segmentations, tile, write_segmentations


@st.composite
def segmentations(draw: st.DrawFn) -> Segmentation:
    times = sorted(draw(st.lists(st.floats(0, 9), min_size=2, max_size=9, unique=True)))
    scores = st.none() | st.floats(0, 1)
    spans = tuple(Span(a, b, draw(scores)) for a, b in zip(times[::2], times[1::2], strict=False))
    settings: dict[str, Any] = {"layer": draw(st.integers()), "name": draw(st.text())}
    return Segmentation(draw(st.text(min_size=1)), 9.0, spans, "any", settings)


@settings(deadline=None)
@given(st.lists(segmentations(), max_size=3))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, written: list[Segmentation]
) -> None:
    path = tmp_path_factory.mktemp("segments") / "deep" / "s.jsonl"
    write_segmentations(path, written)
    assert read_segmentations(path) == written
    assert [file.name for file in path.parent.iterdir()] == ["s.jsonl"]


def test_the_form_is_the_documented_one(tmp_path: Path) -> None:
    write_segmentations(tmp_path / "s.jsonl", [Segmentation("a", 2.0, (Span(0.5, 1.2),), "gold", {"x": 1})])
    assert json.loads((tmp_path / "s.jsonl").read_text()) == {
        "id": "a",
        "duration": 2.0,
        "words": [{"start": 0.5, "end": 1.2}],
        "method": "gold",
        "settings": {"x": 1},
    }


def test_the_last_word_ends_an_utterance_of_unknown_duration(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text(
        '{"id": "a", "words": [{"start": 0, "end": 1.5}], "method": "gold"}\n\n'
    )
    assert read_segmentations(tmp_path / "s.jsonl") == [Segmentation("a", 1.5, (Span(0.0, 1.5),), "gold")]


@pytest.mark.parametrize(
    ("duration", "spans", "said"),
    [
        (0.0, (), "duration is 0.0 s"),
        (float("nan"), (), "duration is nan s"),
        (2.0, (Span(1.0, 1.0),), "span 1–1 s breaks 0 <= start < end <= 2"),
        (2.0, (Span(1.5, 1.0),), "span 1.5–1 s breaks"),
        (2.0, (Span(-0.1, 1.0),), "span -0.1–1 s breaks"),
        (2.0, (Span(1.0, 2.5),), "span 1–2.5 s breaks"),
        (2.0, (Span(float("nan"), 1.0),), "span nan–1 s breaks"),
        (2.0, (Span(1.0, 2.0), Span(0.0, 0.5)), "span at 0 s stands after that at 1 s"),
    ],
)
def test_what_is_no_segmentation_is_refused(duration: float, spans: tuple[Span, ...], said: str) -> None:
    with pytest.raises(SegmentationError, match=r"^utt7: ") as caught:
        Segmentation("utt7", duration, spans, "any")
    assert said in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "line",
    ["{", "[]", '{"id": "a"}', '{"id": "a", "words": [{"start": 2, "end": 1}]}', '{"id":"a","words":[1]}'],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "s.jsonl").write_text('{"id": "a", "words": [{"start": 0, "end": 1}]}\n' + line)
    with pytest.raises(SegmentationError, match=r"s\.jsonl:2: "):
        read_segmentations(tmp_path / "s.jsonl")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SegmentationError, match="No such file"):
        read_segmentations(tmp_path / "gone.jsonl")


def test_tiling() -> None:
    assert tile([0, 1.0, 2.5]) == (Span(0.0, 1.0), Span(1.0, 2.5))
