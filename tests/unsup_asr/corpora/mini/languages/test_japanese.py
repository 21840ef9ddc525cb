"""Japanese: counters, particles, いる and ある."""

from itertools import pairwise

import numpy as np
import pytest

from unsup_asr.corpora.mini.languages.reading import grammar
from unsup_asr.corpora.mini.languages.realisation import realise_by, sentences
from unsup_asr.corpora.mini.message import Mention, Message, choose_message
from unsup_asr.corpora.mini.scene import sample_scene


def every_sentence(message: Message, times: int = 60) -> set[str]:
    """The sentences that say a message, whichever synonyms are drawn."""
    rng = np.random.default_rng(0)
    drawn = (sentence for _ in range(times) for sentence, _ in sentences(grammar("ja"), message, rng))
    return {" ".join(word.word for word in words) for words in drawn}


@pytest.mark.parametrize(
    ("noun", "count", "counted"),
    [
        ("dog", 1, "いっぴき"),
        ("dog", 2, "にひき"),
        ("cat", 3, "さんびき"),
        ("snake", None, "なんびきか"),
        ("tree", 1, "いっぽん"),
        ("tree", 3, "さんぼん"),
        ("umbrella", 4, "よんほん"),
        ("man", 1, "ひとり"),
        ("woman", 2, "ふたり"),
        ("man", 4, "よにん"),
        ("house", 1, "いっけん"),
        ("house", 3, "さんげん"),
        ("bird", 4, "よんわ"),
        ("horse", 1, "いっとう"),
        ("boat", 3, "さんせき"),
        ("plane", 2, "にき"),
        ("kite", 5, "ごまい"),
        ("car", 2, "にだい"),
        ("ball", 3, "みっつ"),
        ("star", 5, "いつつ"),
        ("cup", None, "いくつか"),
    ],
)
def test_counters(noun: str, count: int | None, counted: str) -> None:
    said = every_sentence(Message((Mention(noun, count),)), times=20)
    assert any(f"{counted} の " in sentence for sentence in said)
    if count != 1:
        assert any(f" が {counted} " in sentence for sentence in said), "the number may follow its noun"
        assert all(counted in sentence.split() for sentence in said)


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (Message((Mention("dog", 1, "black", action="running"),)), "くろい いぬ が はしって いる"),
        (Message((Mention("dog", 2),), place="street"), "みち に いぬ が にひき いる"),
        (
            Message((Mention("dog", 2, action="running"),), place="street"),
            "みち で いぬ が にひき はしって いる",
        ),
        (Message((Mention("flower", 3, "red"),)), "さんぼん の あかい はな が ある"),
        (
            Message((Mention("boat", 1, action="floating"),), place="lake"),
            "みずうみ に ふね が うかんで います",
        ),
        (
            Message((Mention("cat", 1), Mention("chair", 1, "green")), "under"),
            "みどり の いす の した に ねこ が いる",
        ),
        (
            Message((Mention("car", 1), Mention("house", 2)), "between"),
            "にけん の いえ の あいだ に くるま が ある",
        ),
        (
            Message((Mention("bird", 3), Mention("tree", 1)), "above", "forest", "night"),
            "よる もり の き の うえ に とり が さんわ います",
        ),
        (Message((Mention("dog", 1), Mention("cat", 2))), "いぬ と にひき の ねこ が いる"),
        (Message((Mention("cup", 1), Mention("hat", 2))), "コップ と ふたつ の ぼうし が ある"),
        (Message((Mention("horse", 1, "white"),)), "これ は しろい うま の しゃしん です"),
        (
            Message((Mention("horse", 1, "white"),), weather="snowy"),
            "ゆき が ふって いて しろい うま が いる",
        ),
        (Message((Mention("turtle", 2, "green"),)), "この にひき の みどりいろ の かめ を みて ください"),
        (
            Message((Mention("star", 1, action="shining"),)),
            "この え に は ひかって いる ほし が うつって いる",
        ),
    ],
)
def test_planted_sentences(message: Message, sentence: str) -> None:
    assert sentence in every_sentence(message)


def test_the_living_are_and_things_are_there() -> None:
    """いる of what lives, ある of things; of the two together neither, but they are seen or shown."""
    verbs = {"いる", "います", "ある", "あります"}
    for nouns, fitting in (
        (("dog",), {"いる", "います"}),
        (("cup",), {"ある", "あります"}),
        (("dog", "bird"), {"いる", "います"}),
        (("cup", "hat"), {"ある", "あります"}),
        (("dog", "cup"), set()),
    ):
        said = every_sentence(Message(tuple(Mention(noun, 1) for noun in nouns)))
        shown = {sentence for sentence in said if "うつって" in sentence}
        found = {word for sentence in said - shown for word in sentence.split()} & verbs
        assert found == fitting and shown


def test_one_is_mostly_left_unsaid() -> None:
    rng = np.random.default_rng(0)
    said = [realise_by(grammar("ja"), Message((Mention("dog", 1),)), rng) for _ in range(400)]
    counted = np.mean(["いっぴき" in [word.word for word in words] for words in said])
    assert 0.1 < counted < 0.5


def test_particles_stand_where_they_can() -> None:
    """No sentence begins with a particle, and none follows another, but に は and で は."""
    particles, rng = {"が", "を", "に", "で", "の", "と", "は"}, np.random.default_rng(5)
    for _ in range(400):
        words = [w.word for w in realise_by(grammar("ja"), choose_message(sample_scene(rng), rng), rng)]
        pairs = {pair for pair in pairwise(words) if set(pair) <= particles}
        assert words[0] not in particles and pairs <= {("に", "は"), ("で", "は")}, " ".join(words)
