"""Places, written in all its forms and prepared again."""

from collections import Counter

import pytest

from tests.unsup_asr.corpora.published.places_corpus import COUNTS, RATE, Source
from tests.unsup_asr.corpora.published.places_layout import (
    Item,
    put_picture,
    write_english,
    write_hindi,
    write_japanese,
)
from unsup_asr.corpora.preparation import Preparation, read_record, write_preparation
from unsup_asr.corpora.published.by_picture import text_half
from unsup_asr.corpora.published.places import (
    prepare_places_en,
    prepare_places_hi,
    prepare_places_ja,
    prepare_places_multi,
)
from unsup_asr.data.manifest import read_manifest
from unsup_asr.errors import InputError, UsageError

FOR_TEXT = "picture is on the text side"

# Enough of 24 pictures for a validation to be drawn where there is no list.
DRAWN = 0.3


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    return Source(folder)


@pytest.fixture
def root(tmp_path):
    return tmp_path / "places"


def pictures(preparation: Preparation) -> dict[str, set[str]]:
    return {name: {u.picture for u in us} for name, us in preparation.splits.items()}


def texts_of(root, items: list[Item], half: bool) -> list[str]:
    """Texts of the items whose picture is in the text half, or in the spoken one."""
    return [item.text for item in items if text_half(put_picture(root, item.picture), 0.5) == half]


class TestEnglish:
    def test_the_splits_of_2020(self, root, source):
        items = source.items("en")
        write_english(root, items, "2020")
        preparation = prepare_places_en(root, lists="2020")
        spoken = [u.text for u in preparation.splits["train"]]
        assert sorted(spoken) == sorted(texts_of(root, items["train"], half=False))
        assert sorted(preparation.captions) == sorted(texts_of(root, items["train"], half=True))
        assert len(spoken) + len(preparation.captions) == COUNTS["train"]
        for split in ("validation", "test"):
            assert {u.text for u in preparation.splits[split]} == {item.text for item in items[split]}
        assert preparation.reference_kind == "asr"
        assert preparation.reasons == {FOR_TEXT: len(preparation.captions)}
        assert not any(each.broken for each in preparation.left_out)

    def test_an_utterance_is_what_was_written(self, root, source):
        items = source.items("en")
        write_english(root, items, "2020")
        utterance = next(u for u in prepare_places_en(root, lists="2020").splits["test"])
        item = next(item for item in items["test"] if item.text == utterance.text)
        assert utterance.audio_filepath.read_bytes() == item.recording.read_bytes()
        assert utterance.image_filepath.read_bytes() == item.picture.read_bytes()
        assert utterance.duration == pytest.approx(0.01)
        assert utterance.lang == "en" and utterance.translations == ()
        assert utterance.id.startswith(f"{utterance.speaker}-GSUN_")

    def test_400k_tests_on_the_held_out_list_and_draws_validation(self, root, source):
        items = source.items("en")
        write_english(root, items, "400k")
        preparation = prepare_places_en(root, validation_share=DRAWN)
        assert {u.text for u in preparation.splits["test"]} == {item.text for item in items["test"]}
        assert 0 < len(preparation.splits["validation"]) < COUNTS["train"]
        total = sum(map(len, preparation.splits.values())) + len(preparation.captions)
        assert total == sum(COUNTS.values())

    def test_a_file_of_captions_leaves_all_pictures_spoken(self, root, source, tmp_path):
        write_english(root, source.items("en"), "2020")
        (tmp_path / "other.txt").write_text("A dog runs.\n\nTwo cats.\n", encoding="utf-8")
        preparation = prepare_places_en(root, lists="2020", captions=tmp_path / "other.txt")
        assert list(preparation.captions) == ["a dog runs", "two cats"]
        assert "other.txt" in preparation.captions_from
        assert len(preparation.splits["train"]) == COUNTS["train"]
        assert not preparation.left_out

    def test_what_is_written_can_be_read(self, root, source, tmp_path):
        write_english(root, source.items("en"), "2020")
        preparation = prepare_places_en(root, lists="2020")
        record = write_preparation(preparation, tmp_path / "out")
        assert read_record(tmp_path / "out") == record
        assert read_manifest(tmp_path / "out" / "train.jsonl") == list(preparation.splits["train"])

    @pytest.mark.parametrize("name", ["images256", "data/vision/torralba/deeplearning/images256"])
    def test_pictures_by_other_names(self, root, source, name):
        folder = write_english(root, source.items("en"), "2020")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "images").rename(folder / name)
        assert len(prepare_places_en(folder, lists="2020").splits["test"]) == COUNTS["test"]

    def test_folders_of_ones_own(self, root, source, tmp_path):
        folder = write_english(root, source.items("en"), "2020")
        (root / "images").rename(tmp_path / "photos")
        (folder / "wavs").rename(tmp_path / "wavs")
        preparation = prepare_places_en(folder, lists="2020", audio=tmp_path, images=tmp_path / "photos")
        assert len(preparation.splits["test"]) == COUNTS["test"]

    def test_splits_downloaded_later(self, root, source):
        folder = write_english(root, source.items("en"), "2020")
        expected = prepare_places_en(root, lists="2020")
        (folder / "metadata").rename(root / "placesaudio_2020_splits")
        assert prepare_places_en(root, lists="2020") == expected


class TestHindi:
    @pytest.fixture
    def english(self, root, source):
        """English of the pictures that Hindi has, and of 30 others."""
        items = source.items("en")
        items["train"] += [source.item("en", number) for number in range(100, 130)]
        write_english(root, items, "2020")
        return items

    @pytest.mark.parametrize("form", ["wav", "hindi_wav"])
    def test_joined_on_the_picture(self, root, source, english, form):
        english["train"].append(Item(source.picture(30), source.recording("again"), "picture 30 again"))
        write_english(root, english, "2020")
        items = source.items("hi")
        write_hindi(root, items, form)
        preparation = prepare_places_hi(root, lists="2020")
        assert {name: len(us) for name, us in preparation.splits.items()} == COUNTS
        references = {u.audio_filepath.stem: u.translations for u in preparation.splits["test"]}
        assert sorted(references.values()) == [
            ("en words on picture 28",),
            ("en words on picture 29",),
            ("en words on picture 30", "picture 30 again"),
            ("en words on picture 31",),
        ]
        assert preparation.reference_kind == "image_caption"
        everything = [u for us in preparation.splits.values() for u in us]
        assert all(u.text is None and u.lang == "hi" and u.id.startswith("hi-") for u in everything)

    def test_captions_are_of_pictures_that_hindi_does_not_show(self, root, source, english):
        write_hindi(root, source.items("hi"))
        captions = prepare_places_hi(root, lists="2020").captions
        assert sorted(captions) == sorted(f"en words on picture {number}" for number in range(100, 130))

    def test_hindi_pictures_can_be_given_up_for_captions(self, root, source, english):
        items = source.items("hi")
        write_hindi(root, items)
        preparation = prepare_places_hi(root, lists="2020", text_share=0.5)
        given_up = len(texts_of(root, items["train"], half=True))
        assert len(preparation.splits["train"]) == COUNTS["train"] - given_up
        assert len(preparation.captions) == 30 + given_up
        assert preparation.reasons == {FOR_TEXT: given_up}

    def test_forms_are_equal(self, root, source, english):
        folder = write_hindi(root, source.items("hi"), "wav")
        first = prepare_places_hi(root, lists="2020")
        for path in folder.glob("*.json"):
            path.unlink()
        write_hindi(root, source.items("hi"), "hindi_wav")
        assert prepare_places_hi(root, lists="2020") == first

    def test_english_elsewhere(self, root, source, english, tmp_path):
        write_hindi(root, source.items("hi"))
        first = prepare_places_hi(root, lists="2020")
        (root / "PlacesAudio_400k_distro").rename(tmp_path / "english")
        moved = prepare_places_hi(root, english=tmp_path / "english", lists="2020")
        assert moved.splits == first.splits and moved.captions == first.captions
        with pytest.raises(
            InputError, match=r"(?s)places: holds no lists of Places in 'en'.*PlacesAudio_400k"
        ):
            prepare_places_hi(root, lists="2020")


class TestJapanese:
    def test_forms_agree_on_the_test(self, root, source):
        write_english(root, source.items("en"), "400k")
        folder = write_japanese(root, source.items("ja"), "txt")
        first = prepare_places_ja(root, text_share=0.5, validation_share=DRAWN)
        for path in folder.glob("*.txt"):
            path.unlink()
        write_japanese(root, source.items("ja"), "json")
        second = prepare_places_ja(root, text_share=0.5)
        assert first.splits["test"] == second.splits["test"]
        assert len(second.splits["validation"]) == COUNTS["validation"]
        assert len(first.splits["validation"]) > 0
        assert all(u.translations and u.text is None for u in first.splits["test"])
        assert all(u.id.startswith("ja-wav-") for us in first.splits.values() for u in us)

    def test_without_free_pictures_there_is_no_caption(self, root, source):
        write_english(root, source.items("en"), "2020")
        write_japanese(root, source.items("ja"), "json")
        with pytest.raises(InputError, match=r"no picture is left to give captions.*text_share"):
            prepare_places_ja(root, lists="2020")


class TestTogether:
    def test_no_picture_on_two_sides(self, root, source):
        """Each language holds out pictures that the others train on."""
        english = source.items("en")
        english["train"] += [source.item("en", number) for number in range(32, 52)]
        write_english(root, english, "2020")
        write_hindi(root, source.items("hi", first=10))
        write_japanese(root, source.items("ja", first=20), "json")
        preparation = prepare_places_multi(root, lists="2020")
        shown = pictures(preparation)
        assert not shown["train"] & shown["validation"]
        assert not (shown["train"] | shown["validation"]) & shown["test"]
        assert Counter(u.lang for u in preparation.splits["test"]) == {"en": 4, "hi": 4, "ja": 4}
        assert {u.lang for u in preparation.splits["train"]} == {"en", "hi", "ja"}
        assert preparation.reasons["picture is in test, too"] > 0
        told = {int(caption.split()[-1]) for caption in preparation.captions}
        told_of = {str(root / "images" / put_picture(root, source.picture(number))) for number in told}
        assert told_of and not told_of & set().union(*shown.values())
        ids = [u.id for us in preparation.splits.values() for u in us]
        assert len(ids) == len(set(ids))

    def test_languages_elsewhere(self, root, source, tmp_path):
        folders = {
            "english": write_english(root, source.items("en"), "2020"),
            "hindi": write_hindi(root, source.items("hi")),
            "japanese": write_japanese(root, source.items("ja"), "json"),
        }
        first = prepare_places_multi(root, lists="2020")
        assert prepare_places_multi(root, lists="2020", images=root / "images", **folders) == first


def test_other_rates_are_kept(root, source):
    items = source.items("en")
    items["test"][0] = Item(items["test"][0].picture, source.recording("slow", 0.02, RATE // 2), "slow")
    write_english(root, items, "2020")
    test = prepare_places_en(root, lists="2020").splits["test"]
    assert next(u.duration for u in test if u.text == "slow") == pytest.approx(0.02)


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_shares_are_shares(root, source, share):
    write_english(root, source.items("en"))
    with pytest.raises(UsageError, match=f"text share of {share:g}"):
        prepare_places_en(root, text_share=share)
    with pytest.raises(UsageError, match=f"validation share of {share:g}"):
        prepare_places_en(root, validation_share=share)
