"""Every fault that Places is known for, planted and counted."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import soundfile

from tests.unsup_asr.corpora.published.places_corpus import COUNTS, Source
from tests.unsup_asr.corpora.published.places_layout import Item, write_english, write_hindi, write_japanese
from unsup_asr.corpora.published import pictures, recordings
from unsup_asr.corpora.published.places import prepare_places_en, prepare_places_hi, prepare_places_ja
from unsup_asr.corpora.published.places.finishing import NO_REFERENCE, TOO_LONG
from unsup_asr.corpora.published.places.lists import NAMELESS
from unsup_asr.errors import InputError


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    return Source(folder)


@pytest.fixture
def root(tmp_path):
    return tmp_path / "places"


@pytest.fixture
def captions(tmp_path):
    """With captions from elsewhere every picture is spoken, and every loss is a fault."""
    path = tmp_path / "captions.txt"
    path.write_text("a dog runs\n", encoding="utf-8")
    return path


def edit(path: Path, change: Callable[[list[Any]], None]) -> None:
    """Change the entries of a list."""
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content["data"])
    path.write_text(json.dumps(content), encoding="utf-8")


def too_long(path: Path) -> None:
    soundfile.write(path, [0.0] * (1000 * 31), 1000)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


FAULTS = {
    "wav": {
        recordings.MISSING: Path.unlink,
        recordings.EMPTY: lambda path: path.write_bytes(b""),
        recordings.UNREADABLE: lambda path: path.write_bytes(b"no sound"),
        recordings.TRUNCATED: cut_short,
        TOO_LONG: too_long,
    },
    "image": {
        pictures.MISSING: Path.unlink,
        pictures.UNREADABLE: lambda path: path.write_bytes(b"no picture"),
    },
}


class TestFiles:
    @pytest.mark.parametrize(
        "key, reason", [(key, reason) for key, each in FAULTS.items() for reason in each]
    )
    def test_a_fault_is_counted_and_the_rest_prepared(self, root, source, captions, key, reason):
        folder = write_english(root, source.items("en"), "2020")
        rows = json.loads((folder / "metadata" / "train_2020.json").read_text())["data"]
        for row in rows[:3]:
            FAULTS[key][reason]((folder if key == "wav" else root / "images") / row[key])
        preparation = prepare_places_en(root, lists="2020", captions=captions)
        assert preparation.reasons == {reason: 3}
        assert {each.id for each in preparation.left_out} == {row["uttid"] for row in rows[:3]}
        assert all(each.broken and each.split == "train" for each in preparation.left_out)
        assert len(preparation.splits["train"]) == COUNTS["train"] - 3

    def test_the_header_without_samples(self, root, source, captions):
        items = source.items("en")
        items["train"][0] = Item(items["train"][0].picture, source.recording("silent", 0.0), "silent")
        write_english(root, items, "2020")
        assert prepare_places_en(root, lists="2020", captions=captions).reasons == {recordings.EMPTY: 1}

    def test_half_of_the_files(self, root, source, captions):
        """Every other recording is missing: the others are prepared."""
        folder = write_english(root, source.items("en"), "2020")
        wavs = sorted(folder.rglob("*.wav"))
        for path in wavs[::2]:
            path.unlink()
        preparation = prepare_places_en(root, lists="2020", captions=captions)
        assert preparation.reasons == {recordings.MISSING: len(wavs) // 2}
        left = {u.audio_filepath for us in preparation.splits.values() for u in us}
        assert left == set(wavs[1::2])

    def test_all_files(self, root, source, captions):
        folder = write_english(root, source.items("en"), "2020")
        (folder / "wavs").rename(root / "elsewhere")
        fault = (
            r"utterance_\d+\.wav with .*: nothing is left of train: recording is missing, 24 times.*--audio"
        )
        with pytest.raises(InputError, match=fault):
            prepare_places_en(root, lists="2020", captions=captions)


class TestLists:
    @pytest.mark.parametrize(
        "entry", [{}, {"image": "a/b.jpg"}, {"wav": "x.wav"}, {"wav": 5, "image": "/"}, "?"]
    )
    def test_entries_that_say_too_little(self, root, source, captions, entry):
        folder = write_english(root, source.items("en"), "2020")
        edit(folder / "metadata" / "train_2020.json", lambda rows: rows.insert(7, entry))
        preparation = prepare_places_en(root, lists="2020", captions=captions)
        assert preparation.reasons == {NAMELESS: 1}
        assert preparation.left_out[0].id == "train_2020.json: data[7]"
        assert preparation.left_out[0].broken
        assert len(preparation.splits["train"]) == COUNTS["train"]

    def test_lines_that_say_too_little(self, root, source, captions):
        write_english(root, source.items("en"))
        folder = write_japanese(root, source.items("ja"))
        path = folder / "PlacesAudioJpn_100k_image2audio_train.txt"
        path.write_text("/only/a/picture.jpg\n\n" + path.read_text())
        preparation = prepare_places_ja(root, captions=captions, validation_share=0.3)
        assert preparation.reasons == {NAMELESS: 1}
        assert preparation.left_out[0].id == f"{path.name}:1"

    def test_duplicates(self, root, source, captions):
        """Within a list, and with another picture in another list."""
        folder = write_english(root, source.items("en"), "2020")
        edit(folder / "metadata" / "train_2020.json", lambda rows: rows.extend(rows[:5]))
        held = json.loads((folder / "metadata" / "test_seen_2020.json").read_text())["data"][0]
        copies = [
            {**held, "image": "of/another.jpg"},
            {**held, "image": "of/another.jpg", "wav": "wavs/0/another.wav"},
        ]
        edit(folder / "metadata" / "train_2020.json", lambda rows: rows.extend(copies))
        preparation = prepare_places_en(root, lists="2020", captions=captions)
        assert preparation.reasons == {"utterance is listed before": 7}
        assert not any(each.broken for each in preparation.left_out)
        assert {name: len(us) for name, us in preparation.splits.items()} == COUNTS

    def test_overlaps_between_splits(self, root, source, captions):
        """As published: the same recording under train/, dev/ and test/."""
        write_english(root, source.items("en"), "2020")
        items = source.items("hi")
        items["validation"] += items["test"][:2]
        items["train"] += [*items["validation"][:3], *items["test"][1:]]
        write_hindi(root, items)
        preparation = prepare_places_hi(root, lists="2020", captions=captions)
        assert preparation.reasons == {"picture is in test, too": 5, "picture is in validation, too": 3}
        assert {name: len(us) for name, us in preparation.splits.items()} == COUNTS
        assert not any(each.broken for each in preparation.left_out)

    def test_without_a_text(self, root, source, captions):
        """Training asks for none; a test cannot be scored without."""
        items = source.items("en")
        for split in items:
            items[split][0] = Item(items[split][0].picture, items[split][0].recording, None)
        write_english(root, items, "2020")
        preparation = prepare_places_en(root, lists="2020", captions=captions)
        assert preparation.reasons == {NO_REFERENCE: 1}
        assert {name: len(us) for name, us in preparation.splits.items()} == {**COUNTS, "test": 3}

    def test_hindi_without_asr_text_is_whole(self, root, source, captions):
        write_english(root, source.items("en"), "2020")
        folder = write_hindi(root, source.items("hi"))
        for path in folder.glob("*.json"):
            edit(path, lambda rows: [row.pop("asr_text") for row in rows] and None)
        assert prepare_places_hi(root, lists="2020", captions=captions).reasons == {}

    def test_a_list_of_two_languages(self, root, source, captions):
        """Where `hindi_wav` stands, `wav` is the English recording, even if there is no Hindi one."""
        write_english(root, source.items("en"), "2020")
        folder = write_hindi(root, source.items("hi"), "hindi_wav")
        expected = prepare_places_hi(root, lists="2020", captions=captions)

        def add_english(rows: list[Any]) -> None:
            for row in rows:
                row |= {
                    "wav": "wavs/1/utterance_1.wav",
                    "uttid": "A-GSUN_1",
                    "hindi_speaker": row.pop("speaker"),
                }
            rows.append({**rows[0], "hindi_wav": None})

        edit(folder / "PlacesHindi_train.json", add_english)
        preparation = prepare_places_hi(root, lists="2020", captions=captions)
        assert preparation.splits == expected.splits
        assert preparation.reasons == {NAMELESS: 1}


class TestRefused:
    def test_another_folder(self, tmp_path):
        with pytest.raises(
            InputError, match=r"holds no lists of Places in 'en'.*train\.json, val\.json"
        ) as error:
            prepare_places_en(tmp_path)
        assert error.value.where == tmp_path

    def test_an_incomplete_split(self, root, source):
        folder = write_hindi(root, source.items("hi"))
        (folder / "PlacesHindi100k_test.json").unlink()
        with pytest.raises(InputError, match=r"PlacesHindi100k: PlacesHindi100k_test\.json is missing"):
            prepare_places_hi(root)

    def test_an_incomplete_form_beside_a_complete_one(self, root, source, captions):
        write_english(root, source.items("en"), "2020")
        folder = write_hindi(root, source.items("hi"))
        (folder / "PlacesHindi100k_test.json").unlink()
        write_hindi(root, source.items("hi"), "hindi_wav")
        preparation = prepare_places_hi(root, lists="2020", captions=captions)
        assert {name: len(us) for name, us in preparation.splits.items()} == COUNTS

    @pytest.mark.parametrize(
        "content, fault",
        [
            ("{", "not readable as JSON"),
            ("[]", "holds no list `data`"),
            ('{"data": {}}', "holds no list `data`"),
        ],
    )
    def test_a_list_of_something_else(self, root, source, content, fault):
        folder = write_english(root, source.items("en"))
        (folder / "metadata" / "train.json").write_text(content)
        with pytest.raises(InputError, match=rf"train\.json: {fault}"):
            prepare_places_en(root)

    def test_no_pictures(self, root, source):
        write_english(root, source.items("en"))
        (root / "images").rename(root / "photos")
        with pytest.raises(InputError, match=r"has no pictures.*images256.*images=…"):
            prepare_places_en(root)

    def test_empty_lists(self, root, source, captions):
        folder = write_english(root, source.items("en"), "2020")
        for name in ("test_seen_2020", "test_unseen_2020"):
            edit(folder / "metadata" / f"{name}.json", list.clear)
        with pytest.raises(InputError, match="nothing is left of test: its lists are empty"):
            prepare_places_en(root, lists="2020", captions=captions)


def test_no_validation(root, source, captions):
    """Where none is drawn, the run holds some of the training out."""
    write_english(root, source.items("en"))
    preparation = prepare_places_en(root, captions=captions, validation_share=0.0)
    assert not preparation.splits["validation"]
    assert len(preparation.splits["train"]) == COUNTS["train"] + COUNTS["validation"]
