"""Collapses of a run and what was changed after each, kept in `incidents.jsonl`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from unsup_asr import parallel
from unsup_asr.files import read_jsonl, write_jsonl
from unsup_asr.training.guarded import Change


@dataclass(frozen=True)
class Incident:
    """A collapse.

    Attributes:
        stage: in which.
        start: which start, or round, of it.
        step: updates done when it was seen.
        what: its name.
        figures: what was logged there.
        written: some texts of that moment.
        restarted_from: updates done at the checkpoint that training went on from; 0 for the stage's beginning.
        change: what is done otherwise since.
        given_up: whether training goes on unwatched, since restarts have not helped.
    """

    stage: str
    start: int
    step: int
    what: str
    figures: Mapping[str, float]
    written: Sequence[str]
    restarted_from: int
    change: Change
    given_up: bool

    def __str__(self) -> str:
        begun = f"update {self.restarted_from}" if self.restarted_from else "the stage's beginning"
        after = "given up: it goes on unwatched" if self.given_up else f"changed: {self.change}"
        return f"{self.what} at update {self.step}; on from {begun}, {after}"


class IncidentLog:
    """The incidents of a run in their order.

    Args:
        path: of the file; it need not be there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.incidents = read_incidents(path)

    def of(self, stage: str, start: int) -> list[Incident]:
        """Those of one start of one stage."""
        return [incident for incident in self.incidents if (incident.stage, incident.start) == (stage, start)]

    def has_given_up(self, stage: str, start: int) -> bool:
        """Whether restarts have not helped."""
        return any(incident.given_up for incident in self.of(stage, start))

    def add(self, incident: Incident) -> None:
        """Write down another, before anything is done about it."""
        self.incidents = [*self.incidents, incident]
        if parallel.is_first():
            write_jsonl(self._path, [asdict(each) for each in self.incidents])
        parallel.wait()


def read_incidents(path: Path) -> list[Incident]:
    """What `IncidentLog` wrote; none where there is no file."""
    return [incident_of(row) for row in (read_jsonl(path) if path.exists() else [])]


def incident_of(row: Mapping[str, Any]) -> Incident:
    """The incident that a line of the file says."""
    return Incident(**{**row, "change": Change(**row["change"])})
