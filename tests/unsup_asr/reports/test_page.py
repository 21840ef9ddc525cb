"""The report is one file that asks nobody for anything, shows what was there, and says what was not."""

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from unsup_asr.data.manifest import read_manifest, write_manifest
from unsup_asr.decoding.hypothesis import DecodedWord, Hypothesis, read_hypotheses, write_hypotheses
from unsup_asr.errors import InputError
from unsup_asr.evaluation import scoring
from unsup_asr.evaluation.results import Results, write_results
from unsup_asr.evaluation.words import confusions, recall_by_word
from unsup_asr.files import write_jsonl
from unsup_asr.reports.page import word_tables, write_report
from unsup_asr.reports.run import read_run
from unsup_asr.training.guarded import Change
from unsup_asr.training.incidents import Incident, IncidentLog

LINKS = ("src", "href", "xlink:href", "action", "poster", "data", "srcset")
VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """Tags, references to elsewhere and visible text; fails on tags that do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.references: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open, self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.references += [value or "" for name, value in attrs if name in LINKS]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self._open):
            self.text += data


def report(run: Path) -> Page:
    return Page(write_report(run).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def page(run_folder: Path) -> Page:
    return report(run_folder)


def test_nothing_outside_the_file_is_referred_to(page: Page, run_folder: Path) -> None:
    assert all(link.startswith(("data:", "#")) for link in page.references)
    assert page.tags["link"] == page.tags["iframe"] == 0
    text = (run_folder / "report.html").read_text(encoding="utf-8")
    assert "@import" not in text and "url(http" not in text
    assert str(run_folder.parent) not in text


def test_ids_are_unique_and_inner_links_lead_somewhere(page: Page) -> None:
    assert max(Counter(page.ids).values()) == 1
    assert {link[1:] for link in page.references if link.startswith("#")} <= set(page.ids)


def test_every_utterance_is_seen_heard_and_read(page: Page) -> None:
    kinds = Counter(link.split(";")[0] for link in page.references if link.startswith("data:"))
    assert kinds == {"data:image/jpeg": 4, "data:audio/mpeg": 4, "data:image/png": 4}
    assert page.tags["article"] == page.tags["audio"] == 4
    for expected in ("20.0", "118.3", "95 %: 17.1 to 23.2", "not measured", "start 2", "voice 1", "language"):
        assert expected in page.text


def test_the_page_is_the_same_each_time(run_folder: Path) -> None:
    once = write_report(run_folder).read_bytes()
    assert write_report(run_folder).read_bytes() == once


def test_thirty_long_utterances_stay_below_ten_megabytes(
    tmp_path: Path, make_run: Callable[..., Path]
) -> None:
    run = make_run(tmp_path, count=2, length=8)
    manifest = tmp_path / "corpus/test.jsonl"
    utterances, hypotheses = read_manifest(manifest), read_hypotheses(next(run.glob("decoded/*")))
    pairs = list(zip(utterances, hypotheses, strict=True))
    many = [(replace(u, id=f"{u.id}-{k}"), h) for k in range(20) for u, h in pairs]
    write_manifest(manifest, [u for u, _ in many])
    write_hypotheses(run / "decoded/self-training.test.jsonl", [replace(h, id=u.id) for u, h in many])
    assert utterances[0].duration > 10
    assert report(run).tags["article"] == 30
    assert (run / "report.html").stat().st_size < 10_000_000


def test_texts_are_escaped(
    tmp_path: Path, make_run: Callable[..., Path], make_results: Callable[..., Results]
) -> None:
    run, attack = make_run(tmp_path, count=1), "<script>alert('&')</script>"
    manifest = tmp_path / "corpus/test.jsonl"
    utterance = replace(read_manifest(manifest)[0], id=attack, speaker='"><img src=x>')
    write_manifest(manifest, [utterance])
    word = DecodedWord('"><b>', 0.0, 0.5, 0.9)
    output = run / "decoded/self-training.test.jsonl"
    write_hypotheses(output, [Hypothesis(attack, attack, (word,), 0.0)])
    write_results(run / "results.json", replace(make_results(1), normaliser=attack, language=attack))
    write_jsonl(run / "metrics.jsonl", [{"stage": attack, "start": 0, "step": 1, attack: 1.0}])
    page = report(run)
    assert page.tags["script"] == 1 and page.tags["b"] == 0
    assert page.tags["img"] == 2 and "x" not in page.references
    assert attack in page.text


PARTS = ["results.json", "metrics.jsonl", "selection.jsonl", "corpus.json", "decoded", "audio", "images"]


@pytest.mark.parametrize("missing", [[part] for part in PARTS] + [PARTS], ids=[*PARTS, "everything"])
def test_missing_parts_are_named_and_the_rest_is_shown(
    tmp_path: Path, missing: list[str], make_run: Callable[..., Path]
) -> None:
    run = make_run(tmp_path, count=2)
    for part in missing:
        path = tmp_path / "corpus" / part if part in ("audio", "images") else run / part
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    page = report(run)
    said = {
        "results.json": "No scores yet",
        "metrics.jsonl": "No learning curves",
        "selection.jsonl": "No selection",
        "corpus.json": "No decoded test speech yet",
        "decoded": "No decoded test speech yet",
        "audio": "recording not found",
        "images": "no picture",
    }
    shown = missing if len(missing) == 1 else PARTS[:5]
    assert all(said[part] in page.text for part in shown)
    assert ("No scores yet" in page.text) == ("results.json" in missing)


def test_results_without_optional_figures_are_shown(
    tmp_path: Path, make_run: Callable[..., Path], make_results: Callable[..., Results]
) -> None:
    run = make_run(tmp_path, count=1)
    bare = replace(make_results(1), **{name: None for name in ("wer", "bands", "wer_interval", "chance_wer")})
    write_results(run / "results.json", replace(bare, stages=(), seen_in_captions=None, reference_kind=None))
    assert "chance not measured" in report(run).text


def test_collapses_are_told_where_there_were_any(tmp_path: Path, make_run: Callable[..., Path]) -> None:
    run = make_run(tmp_path, count=1)
    assert "Collapses" not in report(run).text
    incident = Incident("semantic", 1, 33, "a few words", {}, ["a <b> on"], 20, Change(0.5), given_up=False)
    log = IncidentLog(run / "incidents.jsonl")
    log.add(incident)
    log.add(replace(incident, given_up=True))
    text = report(run).text
    assert all(told in text for told in ("Collapses", "a few words", "a <b> on", "n-gram terms x 0.5"))
    assert text.count("given up: it goes on unwatched") == 1


def test_translated_words_are_listed_with_what_they_became(
    tmp_path: Path, make_run: Callable[..., Path]
) -> None:
    run = make_run(tmp_path, count=12, hindi=True)
    tables = word_tables(read_run(run))
    assert tables.translated
    meanings = {row.word: row.most_common for row in tables.recalls}
    assert meanings["कुत्ता"] == "dog" and meanings["लाल"] == "red"
    assert "कुत्ता" in report(run).text


def test_words_and_their_labels_are_those_of_the_results(
    tmp_path: Path, make_run: Callable[..., Path]
) -> None:
    """By time where all words have times, else of the aligned texts; Hindi without times has those of English."""
    for hindi in (False, True):
        run = make_run(tmp_path / str(hindi), count=12, hindi=hindi)
        manifest = tmp_path / str(hindi) / "corpus/test.jsonl"
        for timed in (True, False):
            utterances = [u if timed else replace(u, words=()) for u in read_manifest(manifest)]
            write_manifest(manifest, utterances)
            test = scoring.TestSet(utterances, read_hypotheses(next(run.glob("decoded/*"))))
            pairs, tables = scoring.word_pairs(test), word_tables(read_run(run))
            assert tables.recalls == recall_by_word(pairs.words, pairs.labels)
            assert tables.confusions == confusions(pairs.words, pairs.labels)[:15]
            assert tables.translated == (hindi and timed)


def test_hindi_that_nobody_translated_is_shown_and_not_judged(
    tmp_path: Path, make_run: Callable[..., Path]
) -> None:
    run = make_run(tmp_path, count=3, hindi=True)
    manifest = tmp_path / "corpus/test.jsonl"
    bare = [replace(u, translations=(), words=()) for u in read_manifest(manifest)]
    write_manifest(manifest, bare)
    tables, page = word_tables(read_run(run)), report(run)
    assert tables.recalls == tables.confusions == []
    assert bare[0].text is not None and bare[0].text.split()[0] in page.text
    assert (run / "report.html").read_text().count('class="wrong"') == 1, "that of the legend"


def test_a_folder_that_is_no_run_and_a_damaged_one_are_refused(
    tmp_path: Path, make_run: Callable[..., Path]
) -> None:
    with pytest.raises(InputError, match="no run folder"):
        write_report(tmp_path / "nowhere")
    run = make_run(tmp_path, count=1)
    (run / "metrics.jsonl").write_text('{"stage": "sem')
    with pytest.raises(InputError, match=r"metrics\.jsonl: not valid JSON"):
        write_report(run)
