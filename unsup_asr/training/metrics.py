"""The log of losses: one JSON line an entry, kept true across interruptions."""

import json
from collections.abc import Mapping
from pathlib import Path

from unsup_asr.files import write_jsonl


class MetricsLog:
    """Appends rows of one stage and start to `metrics.jsonl`.

    Args:
        path: the file, shared by all stages of a run.
        stage: name of the stage.
        start: number of the start within the stage.
    """

    def __init__(self, path: Path, stage: str, start: int = 0) -> None:
        self.path, self.stage, self.start = path, stage, start

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Append the values of one step."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        rounded = {name: round(value, 5) for name, value in values.items()}
        row = {"stage": self.stage, "start": self.start, "step": step, **rounded}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def forget_after(self, step: int) -> None:
        """Drop this start's rows after `step`, which a resumed training writes anew, and a torn last line."""
        if not self.path.exists():
            return
        rows = []
        for line in self.path.read_text(encoding="utf-8").splitlines():
            if not line.endswith("}"):
                continue
            row = json.loads(line)
            mine = row["stage"] == self.stage and row["start"] == self.start
            if not mine or row["step"] <= step:
                rows.append(row)
        write_jsonl(self.path, rows)
