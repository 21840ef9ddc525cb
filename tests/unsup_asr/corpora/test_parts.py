"""Work in parts: every part once, and none begun after an error."""

from functools import partial
from itertools import chain
from pathlib import Path

import pytest

from unsup_asr.corpora.parts import PART, make_parts, parts
from unsup_asr.processes import worker_processes


@pytest.mark.parametrize("total", [1, PART - 1, PART, PART + 1, 5 * PART])
def test_parts_tile_the_whole(total: int) -> None:
    assert list(chain.from_iterable(parts(total))) == list(range(total))
    assert all(len(part) == PART for part in parts(total)[:-1])


def _touch(broken: int, part: range, file: Path) -> None:
    if part.start == broken:
        raise ValueError(f"part {part.start} is broken")
    file.write_text(str(part.start))


def test_missing_parts_are_made_and_an_error_ends_the_work(tmp_path: Path) -> None:
    files = {part: tmp_path / str(part.start) for part in parts(40 * PART)}
    (tmp_path / "0").write_text("there already")
    with worker_processes(1) as pool:
        with pytest.raises(ValueError, match="part 400 is broken"):
            make_parts("testing", files, partial(_touch, 400), pool)
        assert sum(file.exists() for file in files.values()) < 20
        make_parts("testing", files, partial(_touch, -1), pool)
    assert [file.read_text() for file in files.values()] == [
        "there already",
        *(str(part.start) for part in parts(40 * PART)[1:]),
    ]
