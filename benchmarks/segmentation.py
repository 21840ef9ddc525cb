"""Word boundaries of every segmenter on a recipe's speech, beside the true ones.

    python benchmarks/segmentation.py mini_en [key=value …] [--split validation] [--methods uniform,energy,…]
        [--run runs/mini_en@segmenter=energy]

Prints a Markdown table: boundary F1 at ±20 and ±50 ms, R-value and token F1 at ±50 ms, segments for each word,
seconds. Everything that learns does so on the training speech, without labels, at the captions' rate of
words; uniform alone is given the true mean rate. Where a method leaves a gap, its boundary is the gap's middle,
as in the published protocols. `recognised` is what a run of the recipe without true word times has learned:
name it with --run. Gold is read here alone, to score.
"""

import argparse
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from segmenters.gold import gold
from segmenters.metrics.boundaries import boundary_scores
from segmenters.metrics.tokens import token_scores
from segmenters.segmentation import Segmentation, tile
from segmenters.speech import Segmenter, Speech
from segmenters.uniform import UniformSegmenter
from unsup_asr.cli.configuration import compose
from unsup_asr.corpora.cache import prepared
from unsup_asr.data.audio import read_audio
from unsup_asr.data.manifest import Utterance, read_manifest
from unsup_asr.pipeline.clip import choose_clip
from unsup_asr.pipeline.parts import gather_parts
from unsup_asr.segmentation.speech_segmenter import load_segmenter

METHODS = ("uniform", "energy", "prominence", "gradseg", "unit_words", "eskmeans", "vg_hubert")
BATCH = 64


def main() -> None:
    """Prepare what the recipe prepares, and score its segmenters."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("recipe")
    parser.add_argument("overrides", nargs="*", metavar="key=value")
    parser.add_argument("--split", default="validation")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--run", type=Path, help="a finished run whose recogniser is scored, too")
    arguments = parser.parse_args()
    config = compose(arguments.recipe, arguments.overrides)
    corpus = prepared(config.data)
    with tempfile.TemporaryDirectory() as folder:
        parts = gather_parts(config, Path(folder), corpus, choose_clip(config))
    utterances = read_manifest(corpus.manifest(arguments.split))
    speech = [heard(utterance) for utterance in utterances]
    true = [gold(s.id, s.duration, u.words) for s, u in zip(speech, utterances, strict=True)]
    rate = sum(len(each.spans) for each in true) / sum(each.duration for each in true)
    print(f"{rate:.2f} words a second, by captions {parts.words_per_second:.2f}\n")
    print("| segmenter | F1 ±20 ms | F1 ±50 ms | R-value | token F1 | segments per word | seconds |")
    print("|---|---|---|---|---|---|---|")
    for method in [*arguments.methods.split(","), *(["recognised"] if arguments.run else [])]:
        started = time.perf_counter()
        if method == "recognised":
            segmenter: Segmenter = load_segmenter(arguments.run / "model" / "segmenter")
        elif method == "uniform":
            segmenter = UniformSegmenter(rate)
        else:
            segmenter = parts.extractor.segmenters.named(method)
        found = segmented(segmenter, speech)
        print(row(method, true, found, time.perf_counter() - started), flush=True)


def heard(utterance: Utterance) -> Speech:
    """The waveform of an utterance at 16 kHz."""
    samples = read_audio(utterance.audio_filepath, 16000, utterance.offset, utterance.duration)
    return Speech(utterance.id, samples, 16000)


def segmented(segmenter: Segmenter, speech: list[Speech]) -> list[Segmentation]:
    """Segmentations without gaps."""
    batches = (speech[first : first + BATCH] for first in range(0, len(speech), BATCH))
    return [without_gaps(found) for batch in batches for found in segmenter.segment(batch)]


def without_gaps(found: Segmentation) -> Segmentation:
    """The same with one boundary in the middle of each gap."""
    spans = found.spans
    middles = [(left.end + right.start) / 2 for left, right in pairwise(spans)]
    return Segmentation(found.id, found.duration, tile([0.0, *middles, found.duration]), found.method)


def row(method: str, true: list[Segmentation], found: list[Segmentation], seconds: float) -> str:
    """A line of the table."""
    strict, loose = (boundary_scores(true, found, tolerance) for tolerance in (0.02, 0.05))
    tokens = token_scores(true, found, 0.05)
    figures = (strict.f1, loose.f1, loose.r_value, tokens.f1)
    scores = " | ".join(f"{figure:.1f}" for figure in figures)
    return f"| `{method}` | {scores} | {loose.segments_per_word:.2f} | {seconds:.0f} |"


if __name__ == "__main__":
    main()
