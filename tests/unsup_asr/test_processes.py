import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from unsup_asr.processes import worker_processes

ORPHANING = """
import os, time
from unsup_asr.processes import worker_processes
if __name__ == "__main__":
    with worker_processes(2) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        pool.submit(time.sleep, 60).result()
"""


def alive(process: int) -> bool:
    """Whether a process runs; one that has ended and awaits its parent does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def test_work_is_done_elsewhere_and_in_order():
    with worker_processes(1) as pool:
        assert list(pool.map(abs, [-3, 2, -1])) == [3, 2, 1]
        assert pool.submit(os.getpid).result() != os.getpid()


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks for processes under /proc")
def test_workers_die_with_a_parent_that_is_killed(tmp_path):
    script = tmp_path / "orphaning.py"
    script.write_text(ORPHANING)
    parent = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    family = children(parent.pid)
    assert worker in family
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 10
    while any(map(alive, family)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, family))
