"""What every run has, whether it learns or only listens."""

from dataclasses import dataclass
from typing import Any


@dataclass
class BaseConfig:
    """A run.

    Attributes:
        recipe: name of the recipe; the run folder is named after it.
        language: code of the spoken language.
        task: `asr` where speech is English, `translation` where it is not.
        device: where torch computes.
        run_dir: the run folder; `runs/RECIPE@overrides` unless given.
        data: what is heard: a configuration of `corpora`.
    """

    recipe: str = "generic"
    language: str = "en"
    task: str = "asr"
    device: str = "cpu"
    run_dir: str | None = None
    data: Any = None
