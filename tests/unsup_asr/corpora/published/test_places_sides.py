"""No picture is on two sides, whatever the lists say."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unsup_asr.corpora.published.places_corpus import Source
from tests.unsup_asr.corpora.published.places_layout import FORMS
from unsup_asr.corpora.preparation import Preparation
from unsup_asr.corpora.published.by_picture import text_half
from unsup_asr.corpora.published.places import prepare_places_en, prepare_places_hi, prepare_places_multi

# Files by number; the lower ones collide.
FILES = 40
SAFE_TRAIN = {"en": range(12, 38), "hi": range(12, 30), "ja": range(12, 30)}
SAFE_TEST = range(38, 40)
FOLDERS = {"en": "PlacesAudio_400k_distro", "hi": "PlacesHindi100k", "ja": "PlacesAudioJpn_100k"}
LISTS = {"en": FORMS["2020"], "hi": FORMS["wav"], "ja": FORMS["json"]}


@dataclass(frozen=True)
class Entry:
    """An entry that may collide with any other: few pictures, few recordings."""

    image: str
    wav: str
    asr_text: str


@st.composite
def entries(draw, lang: str) -> dict[str, list[Entry]]:
    """Entries by list: some that are safe, among many that collide. A text tells of its picture."""
    lists: dict[str, list[Entry]] = {name: [] for names in LISTS[lang].values() for name in names}
    lists[LISTS[lang]["train"][0]] += [entry(number, number) for number in SAFE_TRAIN[lang]]
    lists[LISTS[lang]["test"][0]] += [entry(number, number) for number in SAFE_TEST]
    for _ in range(draw(st.integers(0, 30))):
        name = draw(st.sampled_from(sorted(lists)))
        lists[name].append(entry(draw(st.integers(0, 7)), draw(st.integers(0, 11))))
    return lists


def entry(picture: int, recording: int) -> Entry:
    return Entry(f"p/{picture}.jpg", f"wavs/{recording}.wav", f"p/{picture}.jpg")


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """All pictures and recordings; the lists are written by each example."""
    root = tmp_path_factory.mktemp("places")
    (root / "source").mkdir()
    source = Source(root / "source")
    (root / "images" / "p").mkdir(parents=True)
    for number in range(FILES):
        source.picture(number).rename(root / "images" / "p" / f"{number}.jpg")
    recording = source.recording("any").read_bytes()
    for folder in FOLDERS.values():
        (root / folder / "wavs").mkdir(parents=True)
        for number in range(FILES):
            (root / folder / "wavs" / f"{number}.wav").write_bytes(recording)
    return root


def write(root: Path, lang: str, lists: dict[str, list[Entry]]) -> None:
    for name, each in lists.items():
        content = {"data": [asdict(entry) for entry in each]}
        (root / FOLDERS[lang] / f"{name}.json").write_text(json.dumps(content))


def check(preparation: Preparation, share: float) -> None:
    """No picture, reference or caption is on two sides; texts of these lists are their pictures' names."""
    train, validation, test = (
        {u.image_id for u in preparation.splits[name]} for name in ("train", "validation", "test")
    )
    assert not train & validation and not train & test and not validation & test
    assert not set(preparation.captions) & (train | validation | test)
    references = {t for u in preparation.splits["test"] for t in (u.text, *u.translations) if t}
    assert not references & (train | set(preparation.captions))
    told = {u.image_id for u in preparation.splits["train"] if u.text or u.translations}
    assert not any(text_half(picture, share) for picture in told)
    ids = [u.id for utterances in preparation.splits.values() for u in utterances]
    assert len(ids) == len(set(ids))


few = settings(max_examples=40, deadline=None)
shares = st.sampled_from([0.2, 0.5, 0.8])


@few
@given(en=entries("en"), hi=entries("hi"), ja=entries("ja"), share=shares)
def test_three_languages(root, en, hi, ja, share):
    lists = {"en": en, "hi": hi, "ja": ja}
    for lang, each in lists.items():
        write(root, lang, each)
    preparation = prepare_places_multi(root, lists="2020", text_share=share)
    check(preparation, share)
    total = sum(len(rows) for each in lists.values() for rows in each.values())
    assert sum(map(len, preparation.splits.values())) + len(preparation.left_out) == total


@few
@given(en=entries("en"), share=shares)
def test_one_language(root, en, share):
    write(root, "en", en)
    check(prepare_places_en(root, lists="2020", text_share=share), share)


@few
@given(en=entries("en"), hi=entries("hi"), share=st.sampled_from([0.0, 0.5]))
def test_references_from_another_language(root, en, hi, share):
    write(root, "en", en)
    write(root, "hi", hi)
    preparation = prepare_places_hi(root, lists="2020", text_share=share)
    check(preparation, share)
    told = {entry.image for rows in en.values() for entry in rows}
    for utterance in preparation.splits["train"]:
        assert utterance.translations == ((utterance.image_id,) if utterance.image_id in told else ())
