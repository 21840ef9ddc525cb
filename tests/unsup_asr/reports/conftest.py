"""A run folder with real sounds (harmonic tones, noise) and pictures, as a run would leave it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from unsup_asr.data.audio import write_audio
from unsup_asr.data.manifest import Utterance, Word, write_manifest
from unsup_asr.decoding.hypothesis import Alternative, DecodedWord, Hypothesis, write_hypotheses
from unsup_asr.evaluation.bootstrap import Interval
from unsup_asr.evaluation.results import Results, StageResult, write_results
from unsup_asr.evaluation.seen import SeenInCaptions
from unsup_asr.evaluation.words import Band
from unsup_asr.files import write_json, write_jsonl

RATE = 16000
COLOURS = ["red", "blue", "green", "yellow"]
THINGS = ["dog", "ball", "car", "tree", "house"]
HINDI = {
    "a": "एक",
    "red": "लाल",
    "blue": "नीला",
    "green": "हरा",
    "yellow": "पीला",
    "dog": "कुत्ता",
    "ball": "गेंद",
}
STAGES = ("semantic", "language", "self-training")


def spoken(words: list[str], generator: np.random.Generator) -> tuple[np.ndarray, list[Word]]:
    """A voice-like hum: a gliding harmonic tone with its own formants for each word, breath between."""
    pieces, spans, now = [], [], 0.0
    for word in words:
        duration = 0.12 + 0.07 * len(word)
        t = np.arange(int(duration * RATE)) / RATE
        pitch = 110 + 40 * generator.random() + 30 * t / duration
        phase = 2 * np.pi * np.cumsum(pitch) / RATE
        formant = 400 + 300 * (sum(map(ord, word)) % 7)
        tone = sum(np.exp(-(((k * 130 - formant) / 500) ** 2)) * np.sin(k * phase) for k in range(1, 25))
        pieces += [tone * np.hanning(len(t)), np.zeros(RATE // 25)]
        spans.append(Word(word, round(now, 3), round(now + duration, 3)))
        now += duration + 0.04
    samples = np.concatenate(pieces)
    return 0.2 * samples + 0.003 * generator.standard_normal(len(samples)), spans


def picture(path: Path, colour: str, generator: np.random.Generator) -> None:
    image = Image.new("RGB", (400, 300), (225, 232, 240))
    x, y = generator.integers(40, 200, 2)
    ImageDraw.Draw(image).ellipse((x, y, x + 120, y + 90), fill=colour)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)


def decode(utterance: Utterance, english: list[str], generator: np.random.Generator) -> Hypothesis:
    """Four words in five right, the others confused, some left out."""
    words = []
    for span, true in zip(utterance.words, english, strict=True):
        group = COLOURS if true in COLOURS else THINGS if true in THINGS else ["a", "the", ""]
        word = true if generator.random() < 0.8 else str(generator.choice(group))
        others = [Alternative(other, 0.1) for other in group if other != word][:2]
        words.append(DecodedWord(word, span.start, span.end, 0.8, tuple(others)))
    text = " ".join(word.word for word in words if word.word)
    return Hypothesis(utterance.id, text, tuple(words), -12.5)


def make_run(folder: Path, count: int = 4, hindi: bool = False, length: int = 1, logged: int = 1) -> Path:
    """Write corpus and run, `logged` stages with learning curves, below `folder`; return the run's folder."""
    generator = np.random.default_rng(0)
    corpus, run = folder / "corpus", folder / "runs" / ("mini_hi" if hindi else "mini")
    utterances, hypotheses = [], []
    for k in range(count):
        colours = generator.choice(COLOURS[:2] if hindi else COLOURS, length + 1)
        things = generator.choice(THINGS[:2] if hindi else THINGS, length + 1)
        english = [w for c, t in zip(colours, things, strict=True) for w in ("a", str(c), str(t), "and")][:-1]
        english = [w for w in english if w in HINDI] if hindi else english
        samples, spans = spoken([HINDI[w] for w in english] if hindi else english, generator)
        write_audio(corpus / f"audio/{k}.wav", samples, RATE)
        picture(corpus / f"images/{k}.png", str(colours[0]), generator)
        utterance = Utterance(
            id=f"test-{k:03}",
            audio_filepath=corpus / f"audio/{k}.wav",
            duration=len(samples) / RATE,
            lang="hi" if hindi else "en",
            speaker=f"voice {k % 3}",
            image_filepath=corpus / f"images/{k}.png",
            text=" ".join(span.word for span in spans),
            translations=(" ".join(english),) if hindi else (),
            words=tuple(spans),
        )
        utterances.append(utterance)
        hypotheses.append(decode(utterance, english, generator))
    write_manifest(corpus / "test.jsonl", utterances)
    write_json(run / "corpus.json", {"test": str(corpus / "test.jsonl")})
    write_hypotheses(run / f"decoded/{STAGES[-1]}.test.jsonl", hypotheses)
    write_training(run, STAGES[:logged], generator)
    write_results(run / "results.json", make_results(count, hindi))
    return run


def write_training(run: Path, stages: tuple[str, ...], generator: np.random.Generator) -> None:
    """Losses that fall and perplexities that come down, of three starts."""
    losses, selections = [], []
    for stage in stages:
        for start in range(3):
            for step in range(0, 2000, 20):
                fall = np.exp(-step / (400 + 200 * start))
                noise = 0.05 * generator.standard_normal(3)
                values = np.array([4.1, 6.0, 0.7]) * fall + 0.5 + noise
                names = ("semantic", "language_model", "adversarial")
                row = {"stage": stage, "start": start, "step": step}
                losses.append(row | dict(zip(names, values.tolist(), strict=True)))
            for step in range(400, 2001, 400):
                perplexity = 20 + 100 * np.exp(-step / 500) + 10 * start
                row = {"stage": stage, "start": start, "step": step, "perplexity": perplexity}
                row |= {"retrieval_r1": 60 * (1 - np.exp(-step / 700)) - 8 * start, "score": 0.5}
                selections.append(row | {"chosen": start == 0 and step == 2000})
    write_jsonl(run / "metrics.jsonl", losses)
    write_jsonl(run / "selection.jsonl", selections)


def make_results(count: int, hindi: bool = False) -> Results:
    stages = tuple(StageResult(name, 60.0 - 20 * k, 30.0 + 20 * k, 95.0) for k, name in enumerate(STAGES))
    return Results(
        recipe="mini_hi" if hindi else "mini",
        version="0.1.0",
        language="hi" if hindi else "en",
        task="translation" if hindi else "asr",
        segmentation="gold",
        test_uses_gold_times=True,
        seed=0,
        n_test=count,
        wer=None if hindi else 20.0,
        cer=None if hindi else 14.2,
        bleu=70.0,
        chrf=81.0,
        bleu_signature="nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0",
        content_wer=15.4,
        content_f1=85.2,
        recognition_score=83.1,
        share_75=71.0,
        match_score=79.4,
        v_measure=77.7,
        chance_wer=118.3,
        chance_bleu=2.1,
        boundary_f1=100.0,
        boundary_r_value=100.0,
        segments_per_word=1.0,
        retrieval_r1=48.0,
        retrieval_pool=100,
        clip_r1=66.0,
        perplexity=18.4,
        reference_kind="gold",
        normaliser="lower case, no punctuation",
        seconds=412.0,
        stages=stages,
        macro_recall=74.0,
        bands=(Band(0, 9, 2, 5, 20.0), Band(10, 99, 6, 60, 71.0), Band(100, None, 5, 300, 92.0)),
        wer_interval=Interval(17.1, 23.2),
        bleu_interval=Interval(66.0, 73.5),
        seen_in_captions=SeenInCaptions(8.0, 12.0, 21.0),
        clip_minimal_pairs={"colour": 96.0, "thing": 99.0},
        budget={"semantic": 95.0, "decoding": 31.0},
        chance_content_wer=105.0,
    )


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run in English. Do not change it."""
    return make_run(tmp_path_factory.mktemp("english"))


@pytest.fixture(name="make_run")
def _make_run() -> Callable[..., Path]:
    return make_run


@pytest.fixture(name="make_results")
def _make_results() -> Callable[..., Results]:
    return make_results
