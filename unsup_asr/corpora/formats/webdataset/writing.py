"""Writing shards."""

import io
import json
import tarfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import soundfile

from unsup_asr.corpora.formats.headers import Header, read_header
from unsup_asr.corpora.formats.names import Names, in_file_name
from unsup_asr.corpora.formats.rows import utterance_row
from unsup_asr.corpora.formats.transfer import Exported
from unsup_asr.corpora.preparation import LeftOut
from unsup_asr.data.manifest import Utterance
from unsup_asr.errors import InputError, UsageError
from unsup_asr.files import replacing

AUDIO = frozenset({"wav", "flac", "mp3", "ogg", "opus", "aiff", "aif"})
IMAGES = frozenset({"jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff"})

# Headers and manifests round differently: a recording may be longer than its utterance by this many seconds and
# still be all of it, or shorter by so many and still be whole.
_WHOLE, _ROUNDING = 0.01, 0.1


@dataclass
class ShardConfig:
    """When the next shard begins: whichever is reached first.

    Attributes:
        samples: most utterances of a shard.
        bytes: of recordings and pictures, after which no utterance is added.

    Raises:
        UsageError: one of them is not above 0.
    """

    samples: int = 10_000
    bytes: int = 1 << 30

    def __post_init__(self) -> None:
        if min(self.samples, self.bytes) < 1:
            fault = f"a shard of {self.samples} samples and {self.bytes} bytes"
            raise UsageError(fault, remedy="choose numbers of at least 1")


def write_webdataset(
    utterances: Iterable[Utterance], folder: Path, config: ShardConfig | None = None
) -> Exported:
    """Write `000000.tar`, `000001.tar` …, each atomically; the same files yield the same shards.

    Recordings and pictures go in as they are; an utterance that is a part of its recording is cut out, as WAV
    with the recording's own rate, channels and samples.

    Args:
        utterances: those whose recording or picture cannot be read are left out.
        folder: where.
        config: size of a shard; the usual one if None.

    Raises:
        InputError: no utterance can be read.
    """
    config, lost, left_out = config or ShardConfig(), Counter[str](), list[LeftOut]()
    samples = _samples(utterances, lost, left_out)
    sample, shards, written = next(samples, None), 0, 0
    if sample is None:
        raise InputError("no utterance can be read", where=folder, remedy="check the paths in the manifest")
    while sample is not None:
        with replacing(folder / f"{shards:06d}.tar") as path:
            sample, added = _fill(path, sample, samples, config)
        shards, written = shards + 1, written + added
    return Exported(written, lost, tuple(left_out))


@dataclass(frozen=True)
class _Sample:
    """A key and its files by ending."""

    key: str
    files: dict[str, bytes]


def _samples(
    utterances: Iterable[Utterance], lost: Counter[str], left_out: list[LeftOut]
) -> Iterator[_Sample]:
    """The samples of the utterances that can be read, as they are asked for."""
    names = Names(in_file_name)
    for utterance in utterances:
        try:
            files = dict(_files(utterance, lost))
        except InputError as fault:
            left_out.append(LeftOut(utterance.id, None, fault.what, broken=True))
        else:
            yield _Sample(names.new(utterance.id), files)


def _fill(
    path: Path, first: _Sample, rest: Iterator[_Sample], config: ShardConfig
) -> tuple[_Sample | None, int]:
    """Write a shard; returns the sample that it has no place for, if there is one, and how many it has."""
    sample: _Sample | None = first
    count = size = 0
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        while sample is not None and count < config.samples and size < config.bytes:
            for ending, content in sample.files.items():
                member = tarfile.TarInfo(f"{sample.key}.{ending}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
                size += len(content)
            count, sample = count + 1, next(rest, None)
    return sample, count


def _files(utterance: Utterance, lost: Counter[str]) -> Iterator[tuple[str, bytes]]:
    """The files of an utterance by ending."""
    path, image = utterance.audio_filepath, utterance.image_filepath
    header = read_header(path)
    if header.duration < utterance.offset + utterance.duration - _ROUNDING:
        fault = f"recording ends at {header.duration:g} s, before its utterance"
        raise InputError(fault, where=path, remedy="correct `offset` and `duration`")
    yield "json", json.dumps(utterance_row(utterance), ensure_ascii=False).encode()
    ending = path.suffix[1:].lower()
    part = bool(utterance.offset) or header.duration > utterance.duration + _WHOLE
    yield ("wav", _stretch(utterance, header)) if part or ending not in AUDIO else (ending, _bytes(path))
    if image is not None:
        yield _picture(image)
    if part:
        lost["place in a longer recording; each becomes a recording of its own"] += 1


def _picture(path: Path) -> tuple[str, bytes]:
    ending = path.suffix[1:].lower()
    if ending not in IMAGES:
        raise InputError(f"picture ends in {path.suffix!r}", where=path, remedy="write it as .jpg or .png")
    return ending, _bytes(path)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        fault = f"cannot be read: {error.strerror or type(error).__name__}"
        raise InputError(fault, where=path, remedy="check the path") from error


def _stretch(utterance: Utterance, header: Header) -> bytes:
    """The utterance's part of its recording, as WAV; whole numbers stay what they are."""
    start, count = round(utterance.offset * header.rate), round(utterance.duration * header.rate)
    try:
        with soundfile.SoundFile(utterance.audio_filepath) as file:
            whole = file.subtype.startswith("PCM")
            kind = file.subtype if soundfile.check_format("WAV", file.subtype) else "PCM_16"
            file.seek(min(start, header.samples))
            samples = file.read(count, dtype="int32" if whole else "float64", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise InputError("recording is damaged", where=utterance.id, remedy="fetch it again") from error
    if not len(samples):
        fault = "its part of the recording is empty"
        raise InputError(fault, where=utterance.id, remedy="correct `offset` and `duration`")
    written = io.BytesIO()
    soundfile.write(written, samples, header.rate, format="WAV", subtype=kind if whole else "FLOAT")
    return written.getvalue()
