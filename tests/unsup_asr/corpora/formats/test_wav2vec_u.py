"""wav2vec-U's lists as a manifest."""

from pathlib import Path

import pytest

from unsup_asr.corpora.formats.wav2vec_u import read_wav2vec_u
from unsup_asr.corpora.wav2vec_u.lists import Reference, Spoken, write_lists
from unsup_asr.data.manifest import Utterance
from unsup_asr.errors import InputError


def test_lists_become_utterances(tmp_path: Path, media: Path) -> None:
    said = Reference(("犬が", "走る"), ("i", "n", "u"))
    path = media / "stereo.flac"
    gone = Spoken("b", tmp_path / "gone.wav", 8000, said)
    write_lists(tmp_path, "valid", [Spoken("a", path, 12000, said), gone])
    imported = read_wav2vec_u(tmp_path / "valid.tsv", "ja")
    assert imported.utterances == [Utterance("a", path, 1.5, "ja", text="犬が 走る")]
    assert imported.not_held == {"phones": 1}
    assert [(item.id, item.reason) for item in imported.left_out] == [("b", "recording is missing")]


def test_fairseqs_own_lists_have_neither_ids_nor_references(tmp_path: Path, media: Path) -> None:
    (tmp_path / "train.tsv").write_text(f"{media}\nstereo.flac\t16000\n")
    imported = read_wav2vec_u(tmp_path / "train.tsv", "ja")
    assert imported.utterances == [Utterance("stereo.flac", media / "stereo.flac", 2.0, "ja")]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("a.flac\t7\na.flac\t7\n", "id 'a.flac' comes twice"),
        ("a.flac\t7\n", "no recording of it can be read"),
        ("a.flac 7\n", r"train\.tsv:2: 'a.flac 7' is not PATH, tab, SAMPLES"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, rows: str, said: str) -> None:
    (tmp_path / "train.tsv").write_text(f"{tmp_path}\n{rows}")
    with pytest.raises(InputError, match=said):
        read_wav2vec_u(tmp_path / "train.tsv", "ja")
