"""Reading shards as streams: what is in them, and what is refused."""

import gzip
import io
import pickle
import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from unsup_asr.corpora.formats.webdataset.samples import PICKLED, read_samples
from unsup_asr.errors import InputError


class Trap:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., None], tuple[Path]]:
        return Path.touch, (self.path,)


def write_tar(path: Path, *members: tuple[str, bytes] | tarfile.TarInfo, **settings: int) -> Path:
    with tarfile.open(path, "w", **settings) as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
    return path


def special(kind: bytes, name: str = "a.wav", target: str = "/etc/hostname") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    return tmp_path / "s.tar"


def test_files_of_one_key_are_a_sample(shard: Path) -> None:
    write_tar(
        shard,
        ("d/a.WAV", b"1"),
        ("d/a.seg.json", b"2"),
        ("e/a.wav", b"3"),
        ("./b.wav", b"4"),
        ("d/a.wav", b"5"),
    )
    samples = list(read_samples(shard))
    assert [(sample.key, sample.files) for sample in samples] == [
        ("d/a", {"wav": b"1", "seg.json": b"2"}),
        ("e/a", {"wav": b"3"}),
        ("b", {"wav": b"4"}),
        ("d/a", {"wav": b"5"}),
    ]
    assert samples[0].where == f"{shard}: d/a"


def test_folders_and_files_without_ending_are_passed_over(shard: Path) -> None:
    write_tar(
        shard,
        special(tarfile.DIRTYPE, "d"),
        ("README", b""),
        (".a", b""),
        ("__index__/a.b", b""),
        ("a.b", b""),
    )
    assert [sample.key for sample in read_samples(shard)] == ["a"]


def test_packed_shards_are_read(shard: Path) -> None:
    write_tar(shard, ("a.wav", b"1"))
    packed = shard.with_suffix(".tar.gz")
    packed.write_bytes(gzip.compress(shard.read_bytes()))
    assert [sample.files for sample in read_samples(packed)] == [{"wav": b"1"}]


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_are_read(shard: Path, form: int) -> None:
    key = "/".join(["folder" * 5] * 4)
    write_tar(shard, (f"{key}/a.wav", b"1"), format=form)
    assert [sample.key for sample in read_samples(shard)] == [f"{key}/a"]


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_are_refused(shard: Path, kind: bytes) -> None:
    with pytest.raises(InputError, match=r"s\.tar: member 'a.wav' is a link, a device or sparse"):
        list(read_samples(write_tar(shard, special(kind))))


@pytest.mark.parametrize("name", ["/a.wav", "../a.wav", "d/../../a.wav", "d/..", "//a.wav"])
def test_places_outside_are_refused(shard: Path, name: str) -> None:
    with pytest.raises(InputError, match="lies outside of the shard"):
        list(read_samples(write_tar(shard, (name, b"1"))))


@pytest.mark.parametrize("ending", [*sorted(PICKLED), "PKL", "mask.pyd", "pickle.gz", "pkl.zst"])
def test_what_would_be_unpickled_is_refused_by_name(shard: Path, ending: str, tmp_path: Path) -> None:
    write_tar(shard, ("a.wav", b"1"), (f"a.{ending}", pickle.dumps(Trap(tmp_path / "ran"))))
    with pytest.raises(InputError, match=f"member 'a.{ending}' would have to be unpickled"):
        list(read_samples(shard))
    assert not (tmp_path / "ran").exists()


def test_a_pickle_under_another_name_is_but_bytes(shard: Path, tmp_path: Path) -> None:
    content = pickle.dumps(Trap(tmp_path / "ran"))
    (sample,) = read_samples(write_tar(shard, ("a.json", content)))
    assert sample.files == {"json": content}
    assert not (tmp_path / "ran").exists()


def test_too_large_a_sample_is_refused(shard: Path) -> None:
    write_tar(shard, ("a.wav", b"0" * 3000), ("a.png", b"0" * 3000))
    assert len(list(read_samples(shard, largest=8000))) == 1
    with pytest.raises(InputError, match=r"'a\.png' makes its sample larger than 6000 bytes"):
        list(read_samples(shard, largest=6000))
    with pytest.raises(InputError, match=r"'a\.wav' has 3000 bytes, more than 2000"):
        list(read_samples(shard, largest=2000))


def bomb(path: Path, kind: bytes, size: int) -> Path:
    """A packed tar whose one member promises, and has, very many zeros."""
    info = tarfile.TarInfo("a.wav")
    info.type, info.size = kind, size
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(info.tobuf(tarfile.GNU_FORMAT))
        for _ in range(size >> 20):
            file.write(bytes(1 << 20))
    return path


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (tarfile.REGTYPE, "more than"),
        (tarfile.XHDTYPE, "a header of 67108864 bytes"),
        (tarfile.XGLTYPE, "a header of"),
        (tarfile.GNUTYPE_LONGNAME, "a header of"),
        (tarfile.GNUTYPE_LONGLINK, "a header of"),
    ],
)
def test_bombs_are_refused_before_they_are_unpacked(tmp_path: Path, kind: bytes, said: str) -> None:
    path = bomb(tmp_path / "b.tar.gz", kind, 64 << 20)
    tracemalloc.start()
    with pytest.raises(InputError, match=said):
        list(read_samples(path, largest=1 << 20))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20


def test_a_pax_header_cannot_make_a_member_larger(shard: Path) -> None:
    info = tarfile.TarInfo("a.wav")
    info.pax_headers = {"size": str(1 << 40)}
    with pytest.raises(InputError, match="more than"):
        list(read_samples(write_tar(shard, info, format=tarfile.PAX_FORMAT)))


def test_a_sparse_member_is_refused(shard: Path) -> None:
    info = tarfile.TarInfo("a.wav")
    info.pax_headers = {"GNU.sparse.map": "0,1", "GNU.sparse.size": str(1 << 40)}
    with pytest.raises(InputError, match="sparse"):
        list(read_samples(write_tar(shard, info, format=tarfile.PAX_FORMAT)))


def test_a_second_file_of_one_ending_is_refused(shard: Path) -> None:
    with pytest.raises(InputError, match=r"'a\.WAV' is the second \.wav of its sample"):
        list(read_samples(write_tar(shard, ("a.wav", b"1"), ("a.WAV", b"2"))))


def test_a_negative_size_is_refused(shard: Path) -> None:
    header = bytearray(tarfile.TarInfo("a.wav").tobuf())
    header[124:136] = (-512).to_bytes(12, "big", signed=True)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    shard.write_bytes(bytes(header) + bytes(1024))
    with pytest.raises(InputError, match=r"s\.tar: no sound tar file"):
        list(read_samples(shard))


@pytest.mark.parametrize("packed", [False, True])
def test_a_truncated_shard_is_named(shard: Path, packed: bool) -> None:
    whole = write_tar(shard, ("a.wav", bytes(range(256)) * 40)).read_bytes()
    shard.write_bytes(gzip.compress(whole)[:200] if packed else whole[:5000])
    with pytest.raises(InputError, match=r"s\.tar: no sound tar file"):
        list(read_samples(shard))


def test_what_is_no_tar_is_named(shard: Path) -> None:
    with pytest.raises(InputError, match="no sound tar file"):
        list(read_samples(shard))
    shard.write_bytes(b"RIFF" * 400)
    with pytest.raises(InputError, match="no sound tar file"):
        list(read_samples(shard))
