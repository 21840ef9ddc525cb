"""What was examined comes back, but for what may have been mended."""

import json

import pytest

from unsup_asr.corpora.validation.faults import Examination, Fault
from unsup_asr.corpora.validation.record import Record
from unsup_asr.errors import UsageError

GOOD = Examination(((Fault.LOW_RATE, "8000 Hz"),), 1.5, "ab")
BAD = Examination(((Fault.SILENT, "still"),), 1.0)


@pytest.fixture
def manifest(tmp_path):
    (tmp_path / "m.jsonl").write_text("{}\n")
    return tmp_path / "m.jsonl"


@pytest.fixture
def begun(manifest, tmp_path):
    """The record of a validation that was killed while it wrote."""
    record = Record(tmp_path / "record", [manifest], deep=False)
    record.add([(0, GOOD), (2, BAD)])
    record.add([(1, Examination())])
    record.close()
    path = tmp_path / "record"
    path.write_bytes(path.read_bytes() + b"[3, [")
    return path


def test_the_faultless_come_back_and_the_faulty_are_looked_at_again(manifest, begun):
    assert Record(begun, [manifest], deep=False).faultless == {0: GOOD, 1: Examination()}


def test_it_goes_on_behind_the_last_whole_line(manifest, begun):
    record = Record(begun, [manifest], deep=False)
    record.add([(4, Examination())])
    record.close()
    assert [json.loads(line)[0] for line in begun.read_text().splitlines()[1:]] == [0, 2, 1, 4]
    assert set(Record(begun, [manifest], deep=False).faultless) == {0, 1, 4}


def test_another_validation_begins_anew(manifest, begun):
    assert Record(begun, [manifest], deep=True).faultless == {}
    manifest.write_text("{} \n")
    assert Record(begun, [manifest], deep=True).faultless == {}


def test_at_the_end_nothing_is_left(manifest, begun):
    Record(begun, [manifest], deep=False).remove()
    assert not begun.exists()


def test_other_files_are_not_overwritten(manifest, tmp_path):
    (tmp_path / "mine").write_text("a letter\n")
    with pytest.raises(UsageError, match=r"mine: is no record of a validation \(name another file"):
        Record(tmp_path / "mine", [manifest], deep=False)
    assert (tmp_path / "mine").read_text() == "a letter\n"


def test_a_record_that_cannot_be_written_is_named(manifest, tmp_path):
    with pytest.raises(UsageError, match=r"record: cannot be written: No such file .*name another"):
        Record(tmp_path / "gone/record", [manifest], deep=False)
