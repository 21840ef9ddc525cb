"""The words of a manifest as TextGrids."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmenters.errors import SegmentationError
from tests.unsup_asr.corpora.formats.drawn import manifests
from unsup_asr.corpora.formats.textgrid import read_aligned_folder, read_words, write_textgrids
from unsup_asr.data.manifest import Utterance, Word
from unsup_asr.errors import InputError


def to_tenths_of_milliseconds(utterance: Utterance) -> Utterance:
    words = tuple(Word(w.word, round(w.start, 4), round(w.end, 4)) for w in utterance.words)
    return replace(utterance, words=words)


def wordless(utterances: list[Utterance]) -> list[Utterance]:
    return [replace(utterance, words=()) for utterance in utterances]


def long_enough(utterance: Utterance) -> bool:
    return all(round(word.end, 4) > round(word.start, 4) for word in utterance.words)


@settings(max_examples=30)
@given(data=st.data())
def test_words_come_back(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("grids")
    drawn = data.draw(manifests(folder))
    utterances = [utterance for utterance in drawn if utterance.words and long_enough(utterance)]
    if not utterances:
        return
    assert write_textgrids(utterances, folder).written == len(utterances)
    imported = read_words(wordless(utterances), folder)
    assert imported.utterances == [to_tenths_of_milliseconds(utterance) for utterance in utterances]
    assert not imported.not_held and not imported.left_out


def test_what_textgrids_cannot_hold_is_counted(tmp_path: Path, spoken: list[Utterance]) -> None:
    exported = write_textgrids(spoken, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hi-1.a_x.TextGrid", "s-1-2.TextGrid"]
    assert [(item.id, item.reason, item.broken) for item in exported.left_out] == [
        ("犬が走る", "has no words", False),
        ("a-0", "has no words", False),
    ]
    assert exported.not_held == {
        **{"field 'speaker'": 2, "field 'image_filepath'": 2, "field 'image_id'": 1},
        **{"field 'text'": 1, "field 'translations'": 1},
    }


def test_overlaps_and_words_that_read_as_silence_are_counted(tmp_path: Path) -> None:
    words = (Word("sp", 0.0, 0.5), Word("b", 0.4, 0.8))
    exported = write_textgrids([Utterance("u", Path("u.wav"), 1.0, "en", words=words)], tmp_path)
    assert exported.not_held == {"overlap of words": 1, "word that aligners take for silence": 1}


def test_words_without_length_are_left_out(tmp_path: Path, spoken: list[Utterance]) -> None:
    short = replace(spoken[0], id="short", words=(Word("a", 0.1, 0.10001),))
    exported = write_textgrids([short, *spoken], tmp_path)
    assert [item.id for item in exported.left_out if item.broken] == ["short"]


def test_without_words_there_is_nothing_to_write(tmp_path: Path, spoken: list[Utterance]) -> None:
    with pytest.raises(InputError, match="no utterance has words"):
        write_textgrids(wordless(spoken), tmp_path)


def test_utterances_without_textgrid_keep_their_words(tmp_path: Path, spoken: list[Utterance]) -> None:
    write_textgrids(spoken[:1], tmp_path)
    imported = read_words(spoken[:2], tmp_path)
    assert imported.utterances[1] == spoken[1]
    assert [(item.id, item.broken) for item in imported.left_out] == [("s-1-2", True)]
    with pytest.raises(InputError, match=r"has no \.TextGrid of any of 1 utterances"):
        read_words(spoken[2:3], tmp_path)


def test_words_outside_the_utterance_are_left_out_and_counted(
    tmp_path: Path, spoken: list[Utterance]
) -> None:
    write_textgrids(spoken[:1], tmp_path)
    imported = read_words([replace(spoken[0], duration=0.5)], tmp_path)
    assert imported.utterances[0].words == (Word("नमस्ते", 0.1, 0.3333),)
    assert imported.not_held == {"word with impossible times": 1}


def test_a_folder_as_aligners_have_it(tmp_path: Path, media: Path) -> None:
    words = (Word("犬が", 0.2, 0.5), Word("走る", 0.5, 1.0))
    for name in ("s1/a", "s2/a", "s2/b"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        grid = Utterance(Path(name).name, Path("x.wav"), 2.0, "ja", words=words)
        write_textgrids([grid], (tmp_path / name).parent)
    for name in ("s1/a.flac", "s2/a.flac"):
        shutil.copy(media / "stereo.flac", tmp_path / name)
    imported = read_aligned_folder(tmp_path, "ja")
    assert imported.utterances == [
        Utterance("a", tmp_path / "s1/a.flac", 2.0, "ja", words=words),
        Utterance("a_2", tmp_path / "s2/a.flac", 2.0, "ja", words=words),
    ]
    assert [(item.id, item.reason) for item in imported.left_out] == [
        ("s2/b.TextGrid", "no recording lies beside it")
    ]


def test_a_folder_without_recordings_is_refused(tmp_path: Path, spoken: list[Utterance]) -> None:
    write_textgrids(spoken, tmp_path)
    with pytest.raises(InputError, match=r"with a recording beside it .*--manifest"):
        read_aligned_folder(tmp_path, "hi")


def test_what_is_no_textgrid_is_named(tmp_path: Path, spoken: list[Utterance]) -> None:
    (tmp_path / "s-1-2.TextGrid").write_text("words")
    with pytest.raises(SegmentationError, match=r"s-1-2\.TextGrid: no TextGrid"):
        read_words(spoken, tmp_path)
