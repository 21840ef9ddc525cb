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
        perplexity, retrieval_r1, score: as in `selection.Fitness`, on validation speech.
        chosen: whether it is the stage's best.
    """

    stage: str
    start: int
    step: int
    perplexity: float
    retrieval_r1: float
    score: float
    chosen: bool = False


class SelectionLog:
    """The candidates of a run, in the order of their training.

    Args:
        path: of the file; it need not be there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.candidates = [Candidate(**row) for row in read_jsonl(path)] if path.exists() else []

    def knows(self, stage: str, start: int, step: int) -> bool:
        """Whether a generator has been judged already."""
        return any((c.stage, c.start, c.step) == (stage, start, step) for c in self.candidates)

    def add(self, stage: str, start: int, step: int, fitness: Fitness) -> None:
        """Write down what was found of a generator."""
        found = Candidate(stage, start, step, fitness.perplexity, fitness.retrieval_r1, fitness.score)
        self._keep([*self.candidates, found])

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
