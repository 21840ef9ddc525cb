"""The pages of SpeechCLIP runs show what was there, beside the published figures, and say what was not there."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unsup_asr.reports.speech_clip_folder import KEYWORDS, make_speech_clip_run
from tests.unsup_asr.reports.test_page import Page
from unsup_asr.encoders.clip import Clip
from unsup_asr.errors import InputError
from unsup_asr.evaluation.keywords import Detokenised, DetokenisedKeyword, Neighbour, write_keywords
from unsup_asr.evaluation.retrieval import read_retrieval
from unsup_asr.reports.retrieval_systems import in_order, published_systems, systems_of
from unsup_asr.reports.speech_clip_page import write_comparison, write_speech_clip_report
from unsup_asr.reports.speech_clip_run import is_speech_clip_run, read_speech_clip_run
from unsup_asr.reports.speech_clip_summary import speech_clip_summary

MakeRun = Callable[..., Path]


@pytest.fixture
def make_grounded(tmp_path, make_run: MakeRun, tiny_clip) -> MakeRun:
    """Makes the folder of a SpeechCLIP run."""
    clip = Clip.load(str(tiny_clip))

    def make(kind: str = "cascaded") -> Path:
        folder = make_run(tmp_path / kind, count=3)
        run = folder.rename(folder.with_name(f"mini_{kind}"))
        make_speech_clip_run(run, clip, kind)
        return run

    return make


def page(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def test_the_page_of_a_run_shows_all_there_is_and_asks_nobody(make_grounded):
    run = make_grounded()
    found = page(write_speech_clip_report(run))
    kinds = Counter(link.split(";")[0] for link in found.references if link.startswith("data:"))
    assert kinds == {"data:image/jpeg": 3, "data:audio/mpeg": 3, "data:image/png": 1}
    assert all(link.startswith(("data:", "#")) for link in found.references)
    assert {link[1:] for link in found.references if link.startswith("#")} <= set(found.ids)
    for said in ("cascaded", "BatchNorm", "miniature_hubert", "code perplexity", "top token share"):
        assert said in found.text
    figures = read_retrieval(run / "retrieval.json")["cascaded"]
    assert f"{figures.mean.at_1:.1f}" in found.text and "41.3" in found.text
    text = (run / "report.html").read_text(encoding="utf-8")
    assert len(re.findall(r"<tr><th>\d · ", text)) == 3 * KEYWORDS
    assert str(run.parents[2]) not in text


def test_the_page_is_the_same_each_time(make_grounded):
    run = make_grounded()
    once = write_speech_clip_report(run).read_bytes()
    assert write_speech_clip_report(run).read_bytes() == once


def test_a_run_without_keywords_says_so(make_grounded):
    found = page(write_speech_clip_report(make_grounded("parallel")))
    for said in ("No keywords: hits.json", "No picture: space.safetensors", "No keywords to show"):
        assert said in found.text
    assert "contrastive" in found.text and "code perplexity" not in found.text


def test_missing_parts_do_not_stop_the_rest(make_grounded):
    run = make_grounded()
    for name in (
        "config.yaml",
        "results.json",
        "hits.json",
        "space.safetensors",
        "metrics.jsonl",
        "corpus.json",
    ):
        (run / name).unlink()
    found = page(write_speech_clip_report(run))
    for said in ("unknown", "No learning curves", "no picture", "recording not found"):
        assert said in found.text


def test_tokens_are_marked_by_what_they_are_in_the_caption(make_grounded):
    run = make_grounded()
    tokens = ("dog</w>", "a</w>", "do", "<b>")
    neighbours = tuple(Neighbour(token, 0.5) for token in tokens)
    row = Detokenised("x<i>", "a dog & a <u>", (DetokenisedKeyword(neighbours),))
    write_keywords(run / "keywords.json", [row, Detokenised("y", "", ())])
    text = write_speech_clip_report(run).read_text(encoding="utf-8")
    assert '<span class="content">dog</span>' in text and '<span class="function">a</span>' in text
    assert '<span class="other">do-</span>' in text and '<span class="other">&lt;b&gt;-</span>' in text
    found = Page(text)
    assert found.tags["b"] == found.tags["u"] == 0
    assert "no keyword" in found.text and "no transcript" in found.text


def test_runs_are_laid_beside_each_other_and_what_is_published(make_grounded, tmp_path):
    runs = [make_grounded(kind) for kind in ("cascaded", "hybrid", "parallel")]
    path = write_comparison(runs, tmp_path / "comparison.html")
    found = page(path)
    names = re.findall(r"<tr><td>([^<]+)<small>", path.read_text(encoding="utf-8"))
    assert names[:5] == [
        "parallel",
        "cascaded",
        "parallel + cascaded: parallel branch",
        "parallel + cascaded: cascaded branch",
        "plain encoder, mean of its frames, linear map",
    ]
    for said in ("23.0", "56.2", "65.9", "54.5", "arXiv:2210.00705", "mini_hybrid", "32.7"):
        assert said in found.text
    assert all(link.startswith("#") for link in found.references)


def test_rows_of_a_run_are_its_branches(make_grounded):
    run = read_speech_clip_run(make_grounded("hybrid"))
    parallel, cascaded, plain = systems_of(run)
    scores = run.retrieval["cascaded"]
    assert (cascaded.mean, cascaded.images, cascaded.utterances) == (scores.mean, 100, 200)
    assert cascaded.hits == run.hits.published and cascaded.right == run.hits.right
    assert parallel.hits is None and plain.hits is None
    assert cascaded.data == "mini, test"
    assert cascaded.times_chance == pytest.approx(scores.mean.at_1)  # of 100 pictures, chance is one percent
    assert in_order([plain, cascaded, *published_systems(), parallel])[:3] == [parallel, cascaded, plain]


def test_published_figures_are_those_of_the_tables():
    rows = published_systems()
    by_kind = {(row.name, row.encoder, row.data): row for row in rows}
    assert len(by_kind) == len(rows) == 8
    base = by_kind["parallel", "HuBERT base", "Flickr8k, test"]
    assert base.mean.at_1 == pytest.approx((26.7 + 41.3) / 2)
    assert base.chance.at_1 == pytest.approx(0.1) and base.times_chance == pytest.approx(340)
    assert by_kind["cascaded", "HuBERT base", "Flickr8k"].mean.at_10 == 29.77
    assert all(row.published and (row.chance is None) == (row.images is None) for row in rows)
    assert all(row.mean.at_1 < row.mean.at_5 < row.mean.at_10 for row in rows)


@pytest.mark.parametrize(
    ("parallel", "keywords", "kind"),
    [
        (True, "none", "parallel"),
        (False, "cls", "cascaded"),
        (True, "cls", "parallel + cascaded"),
        (False, "cif", "cascaded+"),
        (True, "cif", "parallel + cascaded+"),
        (None, None, "unknown"),
    ],
)
def test_kinds_are_told_from_the_configuration(make_grounded, parallel, keywords, kind):
    run = make_grounded("parallel")
    (run / "config.yaml").write_text(f"model: {{parallel: {str(parallel).lower()}, keywords: {keywords}}}")
    assert read_speech_clip_run(run).kind == kind


def test_seeds_are_summarised(make_grounded):
    runs = [read_speech_clip_run(make_grounded(kind)) for kind in ("cascaded", "hybrid")]
    found = speech_clip_summary(runs)
    each = [run.retrieval["cascaded"].mean.at_5 for run in runs]
    assert found["retrieval"]["cascaded"]["mean"]["at_5"]["each"] == each
    assert found["retrieval"]["cascaded"]["mean"]["at_5"]["mean"] == pytest.approx(sum(each) / 2)
    parallel = found["retrieval"]["parallel"]["speech_to_image"]["at_1"]
    assert parallel["each"][0] is None and parallel["mean"] == parallel["each"][1]
    assert found["hits"]["right"]["each"] == [run.hits.right for run in runs]


def test_what_is_no_such_run_is_refused(make_grounded, make_run, tmp_path):
    other = make_run(tmp_path / "words", count=1)
    assert not is_speech_clip_run(other)
    with pytest.raises(InputError, match=r"no SpeechCLIP run: retrieval\.json is missing"):
        write_speech_clip_report(other)
    run = make_grounded()
    (run / "config.yaml").write_text("a: [")
    with pytest.raises(InputError, match=r"config\.yaml: not valid YAML"):
        write_speech_clip_report(run)
