"""Every format: files as they come from elsewhere, round trips, and what is wrong with them."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmenters.alignments.alignment import AlignedWord, Alignment, Reason
from segmenters.alignments.ctm import read_ctm, write_ctm
from segmenters.alignments.formats import read_alignments
from segmenters.alignments.labelling import is_labelled, labelled
from segmenters.alignments.librispeech import read_librispeech
from segmenters.alignments.manifest import read_manifest_words
from segmenters.alignments.spokencoco import (
    format_spokencoco,
    parse_spokencoco,
    read_spokencoco,
    write_spokencoco,
)
from segmenters.alignments.textgrid import read_textgrid, read_textgrids, write_textgrid, write_textgrids
from segmenters.errors import SegmentationError
from segmenters.segmentation import Segmentation, Span, write_segmentations

LONG = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2.5
tiers? <exists>
size = 2
item []:
    item [1]:
        class = "IntervalTier"
        name = "words"
        xmin = 0
        xmax = 2.5
        intervals: size = 5
        intervals [1]:
            xmin = 0
            xmax = 0.5
            text = ""
        intervals [2]:
            xmin = 0.5
            xmax = 0.75
            text = "say"
        intervals [3]:
            xmin = 0.75
            xmax = 1.5
            text = "<unk>"
        intervals [4]:
            xmin = 1.5
            xmax = 1.25
            text = "dog"
        intervals [5]:
            xmin = 1.5
            xmax = 2.5
            text = "犬"
    item [2]:
        class = "IntervalTier"
        name = "phones"
        xmin = 0
        xmax = 2.5
        intervals: size = 1
        intervals [1]:
            xmin = 0
            xmax = 2.5
            text = "S"
"""
SHORT = '''File type = "ooTextFile"
Object class = "TextGrid"

0
1.5
<exists>
1
"IntervalTier"
"Words"
0
1.5
2
0
0.5
"a ""b"""
0.5
1.5
"c"
'''
names = st.text(st.characters(categories=["L", "N"], include_characters="'-"), min_size=1, max_size=6).filter(
    lambda name: name.lower() not in {"sil", "sp", "spn"}
)


@st.composite
def labelled_segmentations(draw: st.DrawFn) -> tuple[Segmentation, list[str]]:
    """Times to a tenth of a millisecond, gaps here and there."""
    steps = sorted(draw(st.lists(st.integers(0, 90_000), min_size=2, max_size=9, unique=True)))
    edges = [step / 1e4 for step in steps]
    every = draw(st.sampled_from([1, 2]))
    spans = tuple(Span(*edge) for edge in list(pairwise(edges))[::every])
    labels = draw(st.lists(names, min_size=len(spans), max_size=len(spans)))
    return Segmentation("utt-1", 9.0, spans, "any"), labels


def same(read: Alignment, written: Segmentation, labels: list[str]) -> None:
    assert (read.id, read.labels, read.remarks) == (written.id, tuple(labels), ())
    edges = [edge for word in read.words for edge in (word.start, word.end)]
    assert edges == pytest.approx([e for span in written.spans for e in (span.start, span.end)], abs=2e-6)


@settings(max_examples=40)
@given(labelled_segmentations(), st.sampled_from(["long", "short"]))
def test_textgrids_come_back(tmp_path_factory, written, form) -> None:
    path = tmp_path_factory.mktemp("grid") / "deep" / "utt-1.TextGrid"
    write_textgrid(path, *written, form=form)
    read = read_textgrid(path)
    assert read.duration == 9.0
    silences = [remark for remark in read.remarks if remark.reason is Reason.SILENCE]
    same(Alignment(read.id, read.words, None, read.remarks[len(silences) :]), *written)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@settings(max_examples=40)
@given(labelled_segmentations())
def test_ctms_come_back(tmp_path_factory, written) -> None:
    path = tmp_path_factory.mktemp("ctm") / "deep" / "a.ctm"
    write_ctm(path, [written[0]], {"utt-1": written[1]})
    (read,) = read_ctm(path, {"utt-1": 9.0})
    same(read, *written)
    assert read.duration == 9.0


@settings(max_examples=40)
@given(labelled_segmentations())
def test_spokencoco_comes_back(tmp_path_factory, written) -> None:
    path = tmp_path_factory.mktemp("coco") / "a.json"
    write_spokencoco(path, [written[0]], {"utt-1": written[1]})
    (read,) = read_spokencoco(path, {"utt-1": 9.0})
    same(read, *written)
    assert parse_spokencoco("utt-1", format_spokencoco(*written), 9.0) == read


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_textgrids_of_aligners(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.TextGrid").write_bytes(LONG.encode(encoding))
    alignment = read_textgrid(tmp_path / "a.TextGrid")
    assert alignment.words == (AlignedWord("say", 0.5, 0.75), AlignedWord("犬", 1.5, 2.5))
    assert [r.reason for r in alignment.remarks] == [Reason.SILENCE, Reason.UNKNOWN, Reason.IMPOSSIBLE]
    assert (alignment.id, alignment.duration) == ("a", 2.5)
    assert read_textgrid(tmp_path / "a.TextGrid", tier="PHONES").labels == ("S",)


def test_a_folder_of_textgrids_and_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.TextGrid").write_text(SHORT)
    (tmp_path / "a.textgrid").write_text(LONG)
    a, b, c = read_textgrids(tmp_path, ids=["b", "c"])
    assert (a.id, b.labels) == ("a", ('a "b"', "c"))
    assert (c.id, [remark.reason for remark in c.remarks]) == ("c", [Reason.MISSING])
    (tmp_path / "b.TextGrid").write_text(SHORT)
    with pytest.raises(SegmentationError, match="'b' comes twice"):
        read_textgrids(tmp_path)


@pytest.mark.parametrize("text", ["", "no grid", "[]", LONG[:300], SHORT[:80], "\xff"])
def test_what_is_no_textgrid_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.TextGrid").write_bytes(text.encode("latin-1", "ignore"))
    with pytest.raises(SegmentationError, match=r"bad\.TextGrid: "):
        read_textgrid(tmp_path / "bad.TextGrid")


def test_a_missing_tier_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.TextGrid").write_text(LONG)
    with pytest.raises(
        SegmentationError, match="no tier of intervals 'syllables'; there are: 'words', 'phon"
    ):
        read_textgrid(tmp_path / "a.TextGrid", tier="syllables")


def test_overlapping_spans_in_a_textgrid(tmp_path: Path) -> None:
    spans = (Span(0.0, 1.1), Span(1.0, 2.0))
    write_textgrids(tmp_path, [Segmentation("deep/a", 2.0, spans, "any")], {"deep/a": ["x", "y"]})
    read = read_textgrid(tmp_path / "deep" / "a.TextGrid")
    assert read.words == (AlignedWord("x", 0.0, 1.0), AlignedWord("y", 1.0, 2.0))
    with pytest.raises(SegmentationError, match=r"^b: the span at 0\.5 s is no longer"):
        spans = (Span(0.5, 1.1), Span(0.5, 2.0))
        write_textgrid(tmp_path / "b.TextGrid", Segmentation("b", 2.0, spans, "any"))


def test_a_textgrid_without_words(tmp_path: Path) -> None:
    write_textgrid(tmp_path / "a.TextGrid", Segmentation("a", 2.0, (), "any"))
    read = read_textgrid(tmp_path / "a.TextGrid")
    assert (read.words, read.duration) == ((), 2.0)


def test_librispeech(tmp_path: Path) -> None:
    (tmp_path / "84").mkdir()
    line = '84-121123-0000 ",GO,,DO YOU,HEAR," "0.490,0.890,1,1.2,1.1,2.5"\n\n'
    (tmp_path / "84" / "84-121123.alignment.txt").write_text(line)
    (read,) = read_librispeech(tmp_path)
    assert read.words == (AlignedWord("GO", 0.49, 0.89), AlignedWord("DO YOU", 1.0, 1.2))
    assert [r.reason for r in read.remarks] == [Reason.SILENCE] * 2 + [Reason.IMPOSSIBLE, Reason.SILENCE]
    assert (read.id, read.duration) == ("84-121123-0000", 2.5)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a b c", "no alignment"),
        ('a ",GO," "0.1,0.2"', "has 3 words and 2 ends"),
        ('a "GO" "soon"', "no time: could not convert string to float: 'soon'"),
    ],
)
def test_a_bad_line_of_librispeech_is_named(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "x.alignment.txt").write_text(f'b "GO" "1.0"\n{line}\n')
    with pytest.raises(SegmentationError, match=rf"x\.alignment\.txt:2: {said}"):
        read_librispeech(tmp_path / "x.alignment.txt")


def test_ctm(tmp_path: Path) -> None:
    lines = ";; made by hand\nb A 0.50 0.25 dog 0.98\na 1 0.1 0.2 <eps>\nb A 0.75 0.1 runs\nb A 3 1 late\n"
    (tmp_path / "x.ctm").write_text(lines)
    b, a, c = read_ctm(tmp_path / "x.ctm", {"b": 2.0, "c": 1.0})
    assert b.words == (AlignedWord("dog", 0.5, 0.75), AlignedWord("runs", 0.75, 0.85))
    assert [r.reason for item in (b, a, c) for r in item.remarks] == [
        Reason.OUTSIDE,
        Reason.SILENCE,
        Reason.MISSING,
    ]


def test_a_ctm_keeps_scores_as_confidence_and_names_spans(tmp_path: Path) -> None:
    write_ctm(tmp_path / "x.ctm", [Segmentation("a", 2.0, (Span(0.5, 0.75, 0.125), Span(1, 2)), "any")])
    assert (tmp_path / "x.ctm").read_text() == (
        "a 1 0.500000 0.250000 word 0.125\na 1 1.000000 1.000000 word\n"
    )
    assert not is_labelled(read_ctm(tmp_path / "x.ctm"))


@pytest.mark.parametrize(("line", "said"), [("a 1 0.5", "has 3 fields"), ("a 1 x 1 dog", "no time")])
def test_a_bad_line_of_a_ctm_is_named(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "x.ctm").write_text(f"a 1 0 0.5 dog\n{line}\n")
    with pytest.raises(SegmentationError, match=rf"x\.ctm:2: {said}"):
        read_ctm(tmp_path / "x.ctm")


def test_spokencoco_strings() -> None:
    text = "0.1__A__0.2  0.2__DOG__0.61 0.61__<UNK>__0.7 broken 1__RUNS x__ON__2"
    read = parse_spokencoco("a", text)
    assert read.words == (AlignedWord("A", 0.1, 0.2), AlignedWord("DOG", 0.2, 0.61))
    assert [r.reason for r in read.remarks] == [Reason.MALFORMED] * 3 + [Reason.UNKNOWN]
    assert [r.entry for r in read.remarks[:3]] == ["broken", "1__RUNS", "x__ON__2"]


def test_spokencoco_files(tmp_path: Path) -> None:
    rows = [
        {"image": "x.jpg", "caption": {"wav": "a.wav", "uttid": "a"}, "text_alignment": "0__A__1"},
        {"wav": "b.wav"},
    ]
    (tmp_path / "x.json").write_text(json.dumps({"data": rows}))
    a, b = read_spokencoco(tmp_path / "x.json")
    assert (a.id, a.labels, b.id) == ("a", ("A",), "b.wav")
    assert [remark.reason for remark in b.remarks] == [Reason.MISSING]
    for text in ("{", "[]", '{"data": [{}]}', '{"data": [1]}'):
        (tmp_path / "x.json").write_text(text)
        with pytest.raises(SegmentationError, match=r"x\.json: not SpokenCOCO's form"):
            read_spokencoco(tmp_path / "x.json")


def test_words_of_a_manifest(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "duration": 2.0, "words": [{"word": "dog", "start": 0.5, "end": 2.3}]},
        {"id": "b", "duration": 2.0},
    ]
    (tmp_path / "m.jsonl").write_text("\n".join(json.dumps(row) for row in rows) + "\n\n")
    a, b = read_manifest_words(tmp_path / "m.jsonl")
    assert a.words == (AlignedWord("dog", 0.5, 2.0),)
    assert [r.reason for r in (*a.remarks, *b.remarks)] == [Reason.TRIMMED, Reason.MISSING]
    (tmp_path / "m.jsonl").write_text(json.dumps(rows[1]) + '\n{"id": "c", "words": [{"start": 0}]}\n')
    with pytest.raises(SegmentationError, match=r"m\.jsonl:2: no utterance"):
        read_manifest_words(tmp_path / "m.jsonl")


def test_labels_must_fit(tmp_path: Path) -> None:
    segmentation = Segmentation("a", 2.0, (Span(0, 1), Span(1, 2)), "any")
    with pytest.raises(SegmentationError, match=r"^a: has 2 spans and 1 labels"):
        labelled(segmentation, ["x"])
    with pytest.raises(SegmentationError, match="white space"):
        write_ctm(tmp_path / "x.ctm", [segmentation], {"a": ["x", "y z"]})
    with pytest.raises(SegmentationError, match="white space"):
        format_spokencoco(segmentation, ["x", ""])
    for name in ("a__b", "_a", "a_"):
        with pytest.raises(SegmentationError, match="would run into"):
            format_spokencoco(segmentation, ["x", name])
    assert format_spokencoco(segmentation, ["x", "a_b"]) == "0__x__1 1__a_b__2"
    assert list(tmp_path.iterdir()) == []


def test_the_format_is_told_by_the_path(tmp_path: Path) -> None:
    segmentation = Segmentation("a", 2.0, (Span(0, 1), Span(1.0, 2.0)), "any")
    write_textgrid(tmp_path / "grids" / "a.TextGrid", segmentation)
    write_ctm(tmp_path / "a.ctm", [segmentation])
    write_spokencoco(tmp_path / "a.json", [segmentation])
    write_segmentations(tmp_path / "a.jsonl", [segmentation])
    words = [{"word": "word", "start": 0, "end": 1}, {"word": "word", "start": 1, "end": 2}]
    (tmp_path / "m.jsonl").write_text(json.dumps({"id": "a", "duration": 2.0, "words": words}))
    (tmp_path / "libri").mkdir()
    (tmp_path / "libri" / "x.alignment.txt").write_text('a "word,word" "1,2"\n')
    for name in ("grids", "grids/a.TextGrid", "a.ctm", "a.json", "a.jsonl", "m.jsonl", "libri",
                 "libri/x.alignment.txt"):  # fmt: skip
        (read,) = read_alignments(tmp_path / name)
        assert read.words == labelled(segmentation).words, name
    (tmp_path / "m.jsonl").write_text(json.dumps({"id": "a", "words": [{**words[0], "word": "method"}]}))
    assert read_alignments(tmp_path / "m.jsonl")[0].labels == ("method",)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("empty", "holds no alignment"),
        ("a.docx", "of no known format"),
        ("gone.ctm", "cannot be read: .*No such file"),
        ("latin.ctm", "cannot be read: 'utf-8' codec"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "latin.ctm").write_bytes(b"a 1 0 1 caf\xe9\n")
    with pytest.raises(SegmentationError, match=said):
        read_alignments(tmp_path / name)
