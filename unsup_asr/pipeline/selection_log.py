"""What was trained and what can be said of it without labels, kept in `selection.jsonl`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from unsup_asr import parallel
from unsup_asr.files import read_jsonl, write_jsonl
from unsup_asr.training.selection import Fitness


@dataclass(frozen=True)
class Candidate:
    """One start after one stage, and what can be said of it without labels.

    Attributes:
        stage: name of the stage.
        start: number of the start.
        step: updates done in the stage.
        perplexity, vocabulary_use, log10_probability, retrieval_r1, score: as in `selection.Fitness`, on
            validation speech.
        chosen: whether it is the stage's best.
        collapsed: whether its training has collapsed, and restarts have not helped.
    """

    stage: str
    start: int
    step: int
    perplexity: float
    vocabulary_use: float
    log10_probability: float
    retrieval_r1: float
    score: float
    chosen: bool = False
    collapsed: bool = False


class SelectionLog:
    """The candidates of a run, in the order of their training.

    Args:
        path: of the file; it need not be there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        rows = read_jsonl(path) if path.exists() else []
        # What an earlier version has judged by fewer figures is judged anew.
        self.candidates = [Candidate(**row) for row in rows if "vocabulary_use" in row]

    def knows(self, stage: str, start: int, step: int) -> bool:
        """Whether a generator has been judged already."""
        return any((c.stage, c.start, c.step) == (stage, start, step) for c in self.candidates)

    def add(self, stage: str, start: int, step: int, fitness: Fitness, collapsed: bool = False) -> None:
        """Write down what was found of a generator."""
        figures = {name: value for name, value in asdict(fitness).items() if name != "pool"}
        self._keep([*self.candidates, Candidate(stage, start, step, **figures, collapsed=collapsed)])

    def sound(self, stage: str, starts: Sequence[int]) -> list[int]:
        """Those of some starts that went through a stage and have not collapsed; all if all of them have."""
        mine = [c for c in self.candidates if c.stage == stage and c.start in starts]
        return [c.start for c in mine if not c.collapsed] or [c.start for c in mine]

    def choose(self, stage: str, starts: Sequence[int]) -> Candidate:
        """Mark the best of some starts of a stage."""
        mine = [c for c in self.candidates if c.stage == stage and c.start in starts]
        best = max(mine, key=lambda candidate: candidate.score)
        self._keep([replace(c, chosen=c is best) if c in mine else c for c in self.candidates])
        return best

    def _keep(self, candidates: Sequence[Candidate]) -> None:
        self.candidates = list(candidates)
        if parallel.is_first():
            write_jsonl(self._path, [asdict(candidate) for candidate in candidates])
