"""One's own recordings with pictures, in tables and in folders."""

import csv
import json

import pytest

from tests.unsup_asr.corpora.published.media import write_picture, write_recording
from unsup_asr.corpora.published.generic import prepare_generic
from unsup_asr.errors import InputError, UsageError

COLUMNS = ("audio", "image", "text", "translations", "speaker", "lang")


def rows(number=40):
    """Two recordings of each picture."""
    return [
        {
            "audio": f"sounds/{n}.wav", "image": f"pictures/{n // 2}.png", "text": f"नाव {n}",
            "translations": [f"a boat {n}", f"ship, {n}"], "speaker": f"s{n % 3}", "lang": "hi",
        }
        for n in range(number)
    ]  # fmt: skip


@pytest.fixture
def corpus(tmp_path):
    for row in rows():
        write_recording(tmp_path / row["audio"], 0.1)
        write_picture(tmp_path / row["image"])
    return tmp_path


def write_table(path, rows, columns=COLUMNS):
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(
            file, columns, delimiter="\t" if path.suffix == ".tsv" else ",", extrasaction="ignore"
        )
        writer.writeheader()
        writer.writerows({**row, "translations": " | ".join(row.get("translations", ()))} for row in rows)
    return path


def everything(preparation):
    return {utterance.id: utterance for utterances in preparation.splits.values() for utterance in utterances}


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl"])
def test_a_table_keeps_all_that_it_tells(suffix, corpus):
    prepared = prepare_generic(write_table(corpus / f"mine.{suffix}", rows()), text_share=0)
    found = everything(prepared)
    assert set(found) == {f"sounds/{n}" for n in range(40)} and not prepared.left_out
    one = found["sounds/7"]
    assert (one.text, one.translations) == ("नाव 7", ("a boat 7", "ship, 7"))
    assert (one.speaker, one.lang, one.image_id) == ("s1", "hi", "pictures/3.png")
    assert (
        one.audio_filepath == corpus / "sounds" / "7.wav"
        and one.image_filepath == corpus / "pictures" / "3.png"
    )
    assert (one.duration, prepared.reference_kind) == (pytest.approx(0.1), "gold")


def test_splits_are_by_picture_and_do_not_depend_on_the_rest(corpus):
    table = write_table(corpus / "mine.csv", rows())
    prepared = prepare_generic(table, validation_share=0.25, test_share=0.25, text_share=0)
    of = {split: {u.picture for u in utterances} for split, utterances in prepared.splits.items()}
    assert sum(map(len, of.values())) == 20 == len(set().union(*of.values()))
    assert all(of.values())
    half = prepare_generic(
        write_table(table, rows()[:20]), validation_share=0.25, test_share=0.25, text_share=0
    )
    for split, utterances in half.splits.items():
        assert {u.picture for u in utterances} == {
            p for p in of[split] if p in {f"pictures/{n}.png" for n in range(10)}
        }


def test_captions_are_the_translations_of_pictures_not_heard(corpus):
    prepared = prepare_generic(write_table(corpus / "mine.csv", rows()))
    heard = {utterance.picture for utterance in everything(prepared).values()}
    lent = [row for row in rows() if row["image"] not in heard]
    assert lent and prepared.captions == [text for row in lent for text in row["translations"]]


def test_a_table_may_tell_next_to_nothing(corpus):
    bare = [{"audio": row["audio"], "image": row["image"]} for row in rows()]
    prepared = prepare_generic(write_table(corpus / "mine.csv", bare, ("audio", "image")), lang="ja")
    found = everything(prepared)
    assert len(found) == 40 and {utterance.lang for utterance in found.values()} == {"ja"}
    assert (prepared.captions, prepared.captions_from, prepared.reference_kind) == ([], "none", None)


def test_a_folder_pairs_what_has_one_name(corpus, tmp_path):
    root = tmp_path / "field"
    for n in range(6):
        write_recording(root / f"day{n % 2}" / f"{n}.{('wav', 'flac', 'ogg')[n % 3]}")
        write_picture(root / f"day{n % 2}" / f"{n}.{('jpg', 'png')[n % 2]}")
    (root / "day0" / "4.txt").write_text("a boat\nat sea\n")
    write_recording(root / "blind.wav")
    write_picture(root / "mute.jpg")
    prepared = prepare_generic(root, text_share=0)
    found = everything(prepared)
    assert set(found) == {f"day{n % 2}/{n}" for n in range(6)}
    assert found["day0/4"].text == "a boat at sea" and found["day1/3"].text is None
    assert found["day1/1"].image_id == "day1/1.png"
    told = {(each.id, each.reason, each.broken) for each in prepared.left_out}
    assert told == {("blind", "no picture of that name", True), ("mute", "no recording of that name", True)}


def test_every_fault_is_counted_and_the_rest_prepared(corpus):
    (corpus / "sounds" / "3.wav").unlink()
    (corpus / "pictures" / "5.png").write_bytes(b"no picture")
    faulty = [*rows(), {"audio": "sounds/4.wav"}, {"audio": 7, "image": "a.png"}, rows()[6]]
    prepared = prepare_generic(write_table(corpus / "mine.jsonl", faulty), text_share=0)
    assert prepared.reasons == {
        "picture is unreadable": 2, "recording is missing": 1, "field 'image' is missing": 1,
        "field 'audio' is 7": 1, "utterance is listed before": 1,
    }  # fmt: skip
    assert len(everything(prepared)) == 37
    assert {"mine.jsonl:41", "mine.jsonl:42"} < {each.id for each in prepared.left_out}


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("a.csv", "sound,image\n1,2\n", r"a\.csv:1: its header has no column 'audio'"),
        ("a.csv", "", "its header has no column 'audio'"),
        ("a.csv", "audio,image\n", "holds no recording with a picture"),
        ("a.csv", 'audio,image\n"' + "a" * 200_000 + '"\n', r"a\.csv:2: no table: .*check the quotes"),
        ("a.xlsx", "audio", "neither a folder nor a table"),
        ("a.jsonl", "[]\n", r"a\.jsonl:1: a JSON object is wanted"),
    ],
)
def test_what_is_no_table_is_refused(name, content, fault, tmp_path):
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=fault):
        prepare_generic(tmp_path / name)


def test_an_empty_folder_and_a_missing_one_are_refused(tmp_path):
    with pytest.raises(InputError, match="holds no recording with a picture"):
        prepare_generic(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        prepare_generic(tmp_path / "none.csv")


@pytest.mark.parametrize("shares", [(0.5, 0.5), (-0.1, 0.1), (0.1, -0.1)])
def test_shares_that_leave_no_training_are_refused(shares, corpus):
    with pytest.raises(UsageError, match="leave no training"):
        prepare_generic(corpus, validation_share=shares[0], test_share=shares[1])
