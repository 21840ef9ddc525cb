"""NeMo's manifests."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unsup_asr.corpora.formats.drawn import manifests
from unsup_asr.corpora.formats.nemo import read_nemo, write_nemo
from unsup_asr.data.manifest import Utterance
from unsup_asr.errors import InputError

ROW: dict[str, Any] = {"audio_filepath": "wavs/a.wav", "duration": 2.0, "text": "a dog"}


def write_rows(path: Path, *rows: object) -> Path:
    path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows))
    return path


@settings(max_examples=40)
@given(st.data())
def test_nothing_is_lost(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("nemo")
    utterances = data.draw(manifests(folder))
    exported = write_nemo(utterances, folder / "manifest.json")
    imported = read_nemo(folder / "manifest.json")
    assert imported.utterances == utterances
    assert exported.written == len(utterances)
    assert not exported.not_held and not imported.not_held


def test_every_line_has_what_nemo_wants(tmp_path: Path, spoken: list[Utterance]) -> None:
    write_nemo(spoken, tmp_path / "manifest.json")
    rows = [json.loads(line) for line in (tmp_path / "manifest.json").read_text().splitlines()]
    for row, utterance in zip(rows, spoken, strict=True):
        assert Path(row["audio_filepath"]).is_absolute()
        assert (row["duration"], row["offset"]) == (utterance.duration, utterance.offset)
        assert row.get("text") == utterance.text


def test_lines_without_ids_are_named_after_their_recordings(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "m.json", ROW, {**ROW, "offset": 2.0}, {**ROW, "audio_filepath": "/far/b.wav"}
    )
    imported = read_nemo(path, lang="en")
    assert [utterance.id for utterance in imported.utterances] == ["a", "a_2", "b"]
    assert [utterance.offset for utterance in imported.utterances] == [0.0, 2.0, 0.0]
    assert imported.utterances[0].audio_filepath == tmp_path / "wavs/a.wav"


def test_nemos_other_names_are_known_and_what_is_left_is_counted(tmp_path: Path) -> None:
    row = {
        "audio_filename": "a.wav",
        "duration": 1,
        "normalized_text": "x",
        "language": "hi",
        "pred_text": "y",
    }
    imported = read_nemo(write_rows(tmp_path / "m.json", row, {**row, "gender": "f"}))
    assert [(u.text, u.lang) for u in imported.utterances] == [("x", "hi")] * 2
    assert imported.not_held == {"field 'pred_text'": 2, "field 'gender'": 1}


@pytest.mark.parametrize(("target", "translations"), [("en", ("a dog",)), ("de", ())])
def test_a_text_in_another_language_is_a_translation(
    tmp_path: Path, target: str, translations: tuple[str, ...]
) -> None:
    row = {**ROW, "source_lang": "hi", "target_lang": target}
    imported = read_nemo(write_rows(tmp_path / "m.json", row))
    (utterance,) = imported.utterances
    assert imported.not_held.total() == (target == "de")
    assert (utterance.text, utterance.translations, utterance.lang) == (None, translations, "hi")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{\n", "not valid JSON"),
        ({"duration": 1.0}, "'audio_filepath' is missing"),
        ({**ROW, "duration": 0}, "'duration' is 0"),
        ({**ROW, "duration": None}, "'duration' is missing"),
        ({**ROW, "offset": -1}, "'offset' is -1"),
        ({**ROW, "lang": None}, "language is not told.*--lang"),
        ({**ROW, "lang": "en", "id": "u"}, "id 'u' came before"),
    ],
)
def test_a_fault_names_file_and_line(tmp_path: Path, row: object, said: str) -> None:
    path = write_rows(tmp_path / "m.json", {**ROW, "lang": "en", "id": "u"}, row)
    with pytest.raises(InputError, match=said) as caught:
        read_nemo(path)
    assert caught.value.where == f"{path}:2"


def test_an_empty_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no utterance"):
        read_nemo(write_rows(tmp_path / "m.json", "\n"))
