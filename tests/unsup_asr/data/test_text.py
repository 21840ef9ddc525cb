"""Lines are read as they were written, or the fault is named with its place and a remedy that works."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.data.text import read_lines
from unsup_asr.errors import InputError

lines_of_text = st.lists(
    st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\n\r\0")), min_size=1
)


@given(lines=lines_of_text, end=st.sampled_from(["\n", "\r\n"]), mark=st.booleans(), last=st.booleans())
def test_lines_come_back(tmp_path_factory, lines, end, mark, last):
    path = tmp_path_factory.getbasetemp() / "lines.txt"
    if not last and lines[-1] == "":
        lines = [*lines, "end"]  # an empty last line without a line end cannot be told from none
    text = end.join(lines) + (end if last else "")
    path.write_bytes(text.encode("utf-8-sig" if mark and not text.startswith("\ufeff") else "utf-8"))
    expected = [lines[0].removeprefix("\ufeff"), *lines[1:]]
    assert read_lines(path) == expected


def test_separators_within_a_line_do_not_end_it(tmp_path):
    (tmp_path / "a.txt").write_bytes('{"text": "one\u2028two\x0bthree\x85"}\nlast'.encode())
    assert read_lines(tmp_path / "a.txt") == ['{"text": "one\u2028two\x0bthree\x85"}', "last"]


@pytest.mark.skipif(shutil.which("iconv") is None, reason="the remedy is iconv, which is not here")
@pytest.mark.parametrize(
    ("encoding", "guess", "place"),
    [("windows-1252", "WINDOWS-1252", 2), ("utf-16", "UTF-16", 1), ("utf-16-le", "UTF-16", 1)],
)
def test_another_encoding_is_guessed_and_the_remedy_works(tmp_path, encoding, guess, place):
    path = tmp_path / "captions.txt"
    path.write_bytes("a dog\nun café\n".encode(encoding))
    with pytest.raises(InputError, match=rf"captions\.txt:{place}: not UTF-8.*looks like {guess}") as caught:
        read_lines(path)
    command = caught.value.remedy.removeprefix("convert it: ")
    if encoding == "utf-16-le":
        command = command.replace("UTF-16", "UTF-16LE", 1)  # without a mark, the order is for the user to say
    subprocess.run(command, shell=True, check=True, cwd=tmp_path)
    assert read_lines(tmp_path / "utf8_captions.txt") == ["a dog", "un café"]


@pytest.mark.parametrize("name", ["missing.txt", "."])
def test_what_is_no_file_is_refused(tmp_path: Path, name):
    with pytest.raises(InputError, match="cannot be read"):
        read_lines(tmp_path / name)
