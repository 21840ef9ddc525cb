"""Work in parts: every part once, and none begun after an error."""

import time
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


def _touch(broken: int, go_on: Path, part: range, file: Path) -> None:
    """Write the part, except the broken one; those after it wait until they may go on."""
    if part.start == broken:
        raise ValueError(f"part {part.start} is broken")
    while 0 <= broken < part.start and not go_on.exists():
        time.sleep(0.01)
    file.write_text(str(part.start))


def test_missing_parts_are_made_and_an_error_ends_the_work(tmp_path: Path) -> None:
    files = {part: tmp_path / str(part.start) for part in parts(40 * PART)}
    (tmp_path / "0").write_text("there already")
    go_on = tmp_path / "go on"
    with worker_processes(1) as pool:
        with pytest.raises(ValueError, match="part 400 is broken"):
            make_parts("testing", files, partial(_touch, 400, go_on), pool)
        go_on.touch()
        assert pool.submit(sum, [1]).result() == 1  # what was begun before it has ended
        assert sum(file.exists() for file in files.values()) < 10
        make_parts("testing", files, partial(_touch, -1, go_on), pool)
    assert [file.read_text() for file in files.values()] == [
        "there already",
        *(str(part.start) for part in parts(40 * PART)[1:]),
    ]
