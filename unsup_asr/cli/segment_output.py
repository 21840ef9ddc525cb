"""Where `unsup-asr segment` puts what it finds: lines on stdout, or files that an interruption leaves whole."""

import json
import os
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from segmenters.alignments.ctm import write_ctm
from segmenters.alignments.textgrid import write_textgrid
from segmenters.segmentation import Segmentation, read_segmentations, to_json
from unsup_asr.errors import UsageError

_JSONL, _TEXTGRID = "jsonl", "textgrid"
_LINES = "segments.jsonl"
_SUFFIX = {_TEXTGRID: ".TextGrid", "ctm": ".ctm"}


@dataclass
class SegmentOutput:
    """Takes segmentations one by one.

    Attributes:
        folder: gets `segments.jsonl`, or a file a recording; stdout gets JSON lines if None.
        formats: which.
        go_on: whether what is there already stays.
        done: the ids that `segments.jsonl` holds.
        settings: with which the words in it were found; None where it holds none.
    """

    folder: Path | None
    formats: Sequence[str]
    go_on: bool = False
    done: set[str] = field(default_factory=set)
    settings: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, arguments: Namespace) -> "SegmentOutput":
        """The output that was asked for, with what it holds already if that is to stay.

        Raises:
            UsageError: stdout cannot take the formats, or the folder holds another method's words.
        """
        folder, formats = arguments.output_dir, arguments.output_format
        if folder is None:
            if arguments.skip_existing:
                raise UsageError("--skip-existing needs --output_dir", remedy="say where the files are")
            if tuple(formats) != (_JSONL,):
                raise UsageError(f"stdout takes {_JSONL} alone", remedy="say --output_dir DIR")
            return cls(None, formats)
        lines = folder / _LINES
        if not arguments.skip_existing:
            lines.unlink(missing_ok=True)
        kept = _whole_lines(lines) if lines.exists() else []
        if others := {item.method for item in kept} - {arguments.method}:
            fault = f"holds words found by {min(others)}, not {arguments.method}"
            raise UsageError(fault, where=lines, remedy="name another --output_dir")
        settings = kept[0].settings if kept else None
        return cls(folder, formats, arguments.skip_existing, {item.id for item in kept}, settings)

    def has(self, id: str) -> bool:
        """Whether a recording is there already in all formats and is to stay."""
        if self.folder is None or not self.go_on:
            return False
        return all(
            id in self.done if format == _JSONL else self._file(id, format).exists()
            for format in self.formats
        )

    def write(self, segmentation: Segmentation) -> None:
        """Write one recording's words in every format.

        Raises:
            SegmentationError: the id cannot stand in a format.
            UsageError: the folder holds words found with other settings.
        """
        if self.folder is None:
            print(json.dumps(to_json(segmentation), ensure_ascii=False), flush=True)
            return
        self._refuse_other_settings(segmentation)
        for format in self.formats:
            if format == _TEXTGRID:
                write_textgrid(self._file(segmentation.id, format), segmentation)
            elif format == "ctm":
                write_ctm(self._file(segmentation.id, format), [segmentation])
        if _JSONL in self.formats and segmentation.id not in self.done:
            _append(self.folder / _LINES, segmentation)
            self.done.add(segmentation.id)

    def _refuse_other_settings(self, segmentation: Segmentation) -> None:
        asked = json.loads(json.dumps(to_json(segmentation)["settings"]))
        if self.settings is not None and asked != self.settings:
            fault = f"holds words found with {self.settings}, not {asked}"
            raise UsageError(fault, where=self.folder, remedy="name another --output_dir")

    def _file(self, id: str, format: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{id.replace('/', '_')}{_SUFFIX[format]}"


def _append(path: Path, segmentation: Segmentation) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(to_json(segmentation), ensure_ascii=False) + "\n"
    with path.open("ab") as file:
        file.write(line.encode())


def _whole_lines(path: Path) -> list[Segmentation]:
    """What the file holds, once a last line that was cut off is gone."""
    with path.open("rb+") as file:
        whole = file.read().rfind(b"\n") + 1
        file.truncate(whole)
        os.fsync(file.fileno())
    return read_segmentations(path)
