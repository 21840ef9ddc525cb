"""What the folder of a SpeechCLIP run holds for a report; what is not there yet is empty.

| file | holds |
|---|---|
| `config.yaml`, `results.json` | settings; recipe, seed, version, time |
| `retrieval.json` | `RetrievalScores` by branch; its presence makes a folder that of a SpeechCLIP run |
| `hits.json`, `keywords.json` | `KeywordHits`; `Detokenised` keywords, a line an utterance |
| `space.safetensors` | `EmbeddingSpace` |
| `metrics.jsonl` | losses, code perplexity, token entropy and top-token share, by step |
| `corpus.json` | where the test manifest is: pictures, speech, word times |
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from unsup_asr.data.manifest import Utterance
from unsup_asr.errors import InputError
from unsup_asr.evaluation.keyword_hits import KeywordHits, read_hits
from unsup_asr.evaluation.keywords import Detokenised, read_keywords
from unsup_asr.evaluation.results import Results, read_results
from unsup_asr.evaluation.retrieval import RetrievalScores, read_retrieval
from unsup_asr.reports.embedding_space import EmbeddingSpace
from unsup_asr.reports.run import TrainingStep, read_steps, read_test_manifest

RETRIEVAL = "retrieval.json"

# A model's kind by whether it has the parallel branch, and by where its keywords come from.
_KINDS = {
    (True, "none"): "parallel",
    (False, "cls"): "cascaded",
    (True, "cls"): "parallel + cascaded",
    (False, "cif"): "cascaded+",
    (True, "cif"): "parallel + cascaded+",
}


@dataclass(frozen=True, slots=True)
class SpeechClipRun:
    """A SpeechCLIP run as far as it has come; `settings` is its configuration, nested as it was written."""

    name: str
    settings: dict[str, Any]
    results: Results | None
    retrieval: dict[str, RetrievalScores]
    hits: KeywordHits | None
    keywords: list[Detokenised]
    utterances: dict[str, Utterance]
    space: EmbeddingSpace | None
    steps: list[TrainingStep]

    @property
    def kind(self) -> str:
        """The model's kind: parallel, cascaded, and so on."""
        model = self.settings.get("model", {})
        return _KINDS.get((model.get("parallel"), model.get("keywords")), "unknown")

    @property
    def corpus(self) -> str:
        """The name of the corpus, or of the recipe where the configuration does not tell it."""
        chosen = [row["data"] for row in self.settings.get("defaults", ()) if isinstance(row, dict)]
        return str((chosen or [self.settings.get("recipe", self.name)])[0])

    def setting(self, name: str) -> Any:
        """A value of the configuration by its dotted name, None where it is not there."""
        value: Any = self.settings
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return value


def is_speech_clip_run(folder: Path) -> bool:
    """Whether a folder is that of a SpeechCLIP run with its evaluation."""
    return (folder / RETRIEVAL).is_file()


def read_speech_clip_run(folder: Path) -> SpeechClipRun:
    """Read a run folder.

    Raises:
        InputError: it is no SpeechCLIP run, or a file in it is damaged.
    """
    if not is_speech_clip_run(folder):
        fault = f"no SpeechCLIP run: {RETRIEVAL} is missing"
        raise InputError(fault, where=folder, remedy="run a SpeechCLIP recipe to its end")
    results, hits, keywords, space = (
        path if (path := folder / name).exists() else None
        for name in ("results.json", "hits.json", "keywords.json", "space.safetensors")
    )
    return SpeechClipRun(
        name=folder.resolve().name,
        settings=_settings(folder / "config.yaml"),
        results=read_results(results) if results else None,
        retrieval=read_retrieval(folder / RETRIEVAL),
        hits=read_hits(hits) if hits else None,
        keywords=read_keywords(keywords) if keywords else [],
        utterances={utterance.id: utterance for utterance in read_test_manifest(folder)},
        space=EmbeddingSpace.read(space) if space else None,
        steps=read_steps(folder),
    )


def _settings(path: Path) -> dict[str, Any]:
    try:
        settings = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(f"not valid YAML: {error}", where=path, remedy="run the recipe anew") from error
    return settings if isinstance(settings, dict) else {}
