"""Which pictures can be used."""

from tests.unsup_asr.corpora.published.media import write_picture
from unsup_asr.corpora.published.pictures import MISSING, UNREADABLE, faults


def test_every_fault_has_its_reason(tmp_path):
    whole = write_picture(tmp_path / "whole.jpg")
    (nothing := tmp_path / "nothing.png").write_bytes(b"")
    (text := tmp_path / "text.jpg").write_text("no picture")
    (folder := tmp_path / "folder.jpg").mkdir()
    missing = tmp_path / "none.jpg"
    assert faults([whole, nothing, text, folder, missing, whole / "more.jpg", whole, missing]) == [
        None, UNREADABLE, UNREADABLE, UNREADABLE, MISSING, MISSING, None, MISSING,
    ]  # fmt: skip
