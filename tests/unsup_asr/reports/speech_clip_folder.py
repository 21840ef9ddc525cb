"""A SpeechCLIP run as it would be left: retrieval of planted embeddings, keywords near tokens, falling losses."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import yaml

from unsup_asr.data.manifest import Utterance, read_manifest
from unsup_asr.encoders.clip import Clip
from unsup_asr.encoders.token_table import TokenTable
from unsup_asr.evaluation.keyword_hits import keyword_hits, write_hits
from unsup_asr.evaluation.keywords import Place, detokenise, write_keywords
from unsup_asr.evaluation.results import read_results, write_results
from unsup_asr.evaluation.retrieval import RetrievalScores, retrieval_scores, write_retrieval
from unsup_asr.files import write_jsonl
from unsup_asr.reports.embedding_space import EmbeddingSpace, Panel

KEYWORDS = 4


def planted_retrieval(noise: float, pictures: int = 100) -> RetrievalScores:
    """Utterances, two of each picture, that lie about their pictures."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(pictures, 16, generator=generator)
    image_of = torch.arange(pictures).repeat_interleave(2)
    speech = images[image_of] + noise * torch.randn(2 * pictures, 16, generator=generator)
    return retrieval_scores(speech, images, image_of)


def make_speech_clip_run(run: Path, clip: Clip, kind: str = "cascaded") -> None:
    """Make a run's folder, as `make_run` wrote it, that of a SpeechCLIP run."""
    utterances = read_manifest(run.parents[1] / "corpus/test.jsonl")
    model = {"parallel": kind != "cascaded", "keywords": "none" if kind == "parallel" else "cls"}
    model |= {"count": KEYWORDS, "batch_norm": True}
    training = {"batch": 240, "learning_rate": 1e-4, "temperature": 0.1, "loop": {"updates": 2000}}
    settings = {"recipe": run.name, "encoder": "miniature_hubert", "clip": "miniature", "seed": 0}
    settings["defaults"] = ["speech_clip", {"data": "mini"}, "_self_"]
    (run / "config.yaml").write_text(yaml.safe_dump({**settings, "model": model, "training": training}))
    write_results(run / "results.json", replace(read_results(run / "results.json"), recipe=run.name))
    noises = {"parallel": 1.5, "cascaded": 3.0, "hybrid": 2.0}
    branches = {"hybrid": ["parallel", "cascaded"]}.get(kind, [kind])
    scores = {branch: planted_retrieval(noises[kind] + 0.3 * k) for k, branch in enumerate(branches)}
    write_retrieval(run / "retrieval.json", {**scores, "linear": planted_retrieval(6.0)})
    _write_metrics(run / "metrics.jsonl", kind)
    if kind != "parallel":
        _write_keywords(run, clip, utterances)


def _write_keywords(run: Path, clip: Clip, utterances: list[Utterance]) -> None:
    generator = torch.Generator().manual_seed(0)
    golds = [utterance.text or "" for utterance in utterances]
    more = [
        "a girl sits near two small cats on the snow",
        "skateboarding nationalpark swimmers",
        "brown horses",
    ]
    table = TokenTable.from_captions([text.split() for text in [*golds, *more]], clip)
    scale = float(table.embeddings.std())
    keywords, places = [], []
    for gold, utterance in zip(golds, utterances, strict=True):
        chosen = torch.randint(len(gold.split()), (KEYWORDS,), generator=generator).tolist()
        rows = [table.pieces.index(f"{gold.split()[k]}</w>") for k in chosen]
        noise = 0.6 * scale * torch.randn(KEYWORDS, table.embeddings.shape[1], generator=generator)
        keywords.append(table.embeddings[rows] + noise)
        places.append([Place(utterance.words[k].start, utterance.words[k].end) for k in chosen])
    detokenised = detokenise([u.id for u in utterances], golds, keywords, table, 5, places)
    write_keywords(run / "keywords.json", detokenised)
    write_hits(run / "hits.json", keyword_hits(detokenised, utterances, clip.tokenizer))
    with_ = torch.cat(keywords)
    without = 0.1 * with_ + 5 * scale
    panels = Panel("without BatchNorm", without), Panel("with BatchNorm", with_)
    positions = torch.arange(KEYWORDS).repeat(len(utterances))
    EmbeddingSpace(table.embeddings, positions, panels).write(run / "space.safetensors")


def _write_metrics(path: Path, kind: str) -> None:
    rows = []
    for step in range(0, 2000, 20):
        fall = float(np.exp(-step / 500))
        row = {"stage": "grounding", "start": 0, "step": step, "contrastive": 0.6 + 4.8 * fall}
        health = {"code_perplexity": 3 + 90 * (1 - fall), "token_entropy": 2 + 4 * fall}
        health |= {"top_token_share": 0.05 + 0.5 * fall}
        rows.append(row if kind == "parallel" else row | health)
    write_jsonl(path, rows)
