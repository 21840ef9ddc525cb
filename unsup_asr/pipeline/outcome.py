"""What a run comes to, and how its folder tells that it is complete."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from unsup_asr import parallel
from unsup_asr.errors import UsageError
from unsup_asr.evaluation.results import Results, read_results, write_results
from unsup_asr.files import read_json, read_jsonl, write_jsonl
from unsup_asr.pipeline.budget import Budget
from unsup_asr.pipeline.parts import CORPUS
from unsup_asr.pipeline.setting_aside import SetAside

_RESULTS, _SET_ASIDE = "results.json", "set_aside.jsonl"


@dataclass(frozen=True)
class RunOutcome:
    """What a run came to.

    Attributes:
        results: the figures.
        set_aside: utterances that could not be used, or not be scored.
    """

    results: Results
    set_aside: tuple[SetAside, ...]


def complete(folder: Path, sources: Callable[[], Mapping[str, str]]) -> RunOutcome | None:
    """What the run in a folder came to; None if it is not complete.

    Args:
        folder: of the run.
        sources: tells what it would stand on now, as `corpus.json` records it; asked of a complete run alone.

    Raises:
        UsageError: it was run on something else.
    """
    if not (folder / _RESULTS).exists():
        return None
    refuse_other_sources(folder, sources())
    return read_outcome(folder)


def read_outcome(folder: Path) -> RunOutcome:
    """What a complete run came to."""
    listing = folder / _SET_ASIDE
    rows = read_jsonl(listing) if listing.exists() else []
    return RunOutcome(read_results(folder / _RESULTS), tuple(SetAside(**row) for row in rows))


def refuse_other_sources(folder: Path, sources: Mapping[str, str]) -> None:
    """A run goes on with what it began with: a file of the same name may hold something else by now.

    Raises:
        UsageError: it was begun with something else, which is named.
    """
    record = read_json(folder / CORPUS) if (folder / CORPUS).exists() else sources
    changed = [name for name in {**record, **sources} if record.get(name) != sources.get(name)]
    if changed:
        fault = f"was run on files that have changed since: {', '.join(changed)}"
        raise UsageError(fault, where=folder, remedy="say run_dir=ANOTHER, or remove it")


def list_set_aside(folder: Path, set_aside: Sequence[SetAside]) -> None:
    """List what could not be used; what an interrupted run had listed may be mended by now."""
    if not parallel.is_first():
        return
    listing = folder / _SET_ASIDE
    listing.unlink(missing_ok=True)
    if set_aside:
        write_jsonl(listing, map(asdict, set_aside))


def finish(folder: Path, results: Results, budget: Budget) -> None:
    """Write the results of a run with what it took: it is complete."""
    taken = round(sum(budget.seconds.values()), 1)
    write_results(folder / _RESULTS, replace(results, seconds=taken, budget=budget.seconds))
