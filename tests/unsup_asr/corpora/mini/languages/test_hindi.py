"""Hindi: agreement in gender and number, the oblique case, word order."""

from collections.abc import Sequence

import numpy as np
import pytest

from unsup_asr.corpora.mini.languages.reading import grammar
from unsup_asr.corpora.mini.languages.realisation import Fact, SaidWord, realise_by, sentences
from unsup_asr.corpora.mini.message import Mention, Message, choose_message
from unsup_asr.corpora.mini.scene import sample_scene

# Beginnings of the feminine nouns.
FEMININE = (
    *("गाड़", "कार", "बिल्ल", "औरत", "महिल", "चिड़िय", "गेंद", "नाव", "साइकिल", "बस", "टोप", "रेलगाड़"),
    *("ट्रेन", "पतंग", "कुर्स", "तितल"),
)
POSTPOSITIONS = {"के", "को", "की", "का"}


def every_sentence(message: Message, times: int = 60) -> set[str]:
    """The sentences that say a message, whichever synonyms are drawn."""
    rng = np.random.default_rng(0)
    drawn = (sentence for _ in range(times) for sentence, _ in sentences(grammar("hi"), message, rng))
    return {" ".join(word.word for word in words) for words in drawn}


def mention(noun: str, count: int | None = 1, colour: str | None = None, **rest: str) -> Mention:
    return Mention(noun, count, colour, **rest)


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (Message((mention("dog", 1, "black", action="running"),)), "एक काला कुत्ता दौड़ रहा है"),
        (Message((mention("dog", 2, "black", action="running"),)), "दो काले कुत्ते दौड़ रहे हैं"),
        (Message((mention("cat", 1, "black", action="running"),)), "एक काली बिल्ली दौड़ रही है"),
        (Message((mention("cat", 3, "black", action="running"),)), "तीन काली बिल्लियाँ दौड़ रही हैं"),
        (Message((mention("flower", 1, "red"),), place="field"), "मैदान में एक लाल फूल है"),
        (Message((mention("flower", None, "red"),), place="forest"), "जंगल में कुछ लाल फूल हैं"),
        (
            Message((mention("kite"), mention("dog", 1, "black")), "above"),
            "एक काले कुत्ते के ऊपर एक पतंग है",
        ),
        (
            Message((mention("kite"), mention("dog", 2, "yellow")), "between"),
            "दो पीले कुत्तों के बीच एक पतंग है",
        ),
        (
            Message((mention("man", 2), mention("boat", 3, size="small")), "under"),
            "तीन छोटी नावों के नीचे दो आदमी हैं",
        ),
        (Message((mention("cat", 3, size="big"),)), "इन तीन बड़ी बिल्लियों को देखिए"),
        (Message((mention("rabbit", 1, "brown"),), place="street"), "सड़क पर इस भूरे खरगोश को देखो"),
        (Message((mention("horse", 1, size="small"),)), "यह एक छोटे घोड़े की तस्वीर है"),
        (Message((mention("horse", 4, action="sleeping"),)), "यह सोते हुए चार घोड़ों का चित्र है"),
        (Message((mention("bird", 1, action="flying"),)), "हमें एक चिड़िया उड़ती हुई दिखाई दे रही है"),
        (Message((mention("bird", 2, action="flying"),)), "हमें दो पक्षी उड़ते हुए दिखाई दे रहे हैं"),
        (Message((mention("balloon", 1, action="falling"),)), "मुझे एक गुब्बारा गिरता हुआ दिख रहा है"),
        (Message((mention("man", 1, size="big"),)), "आप एक बड़े आदमी को देख सकते हैं"),
        (Message((mention("kite", 2),)), "आप दो पतंगें देख सकते हैं"),
        (Message((mention("star", 5, action="shining"),)), "आप पाँच तारों को चमकते हुए देख सकते हैं"),
        (Message((mention("cat"), mention("boat", 2))), "हमें एक बिल्ली और दो नावें दिखाई दे रही हैं"),
        (Message((mention("dog"), mention("cat"))), "हमें एक कुत्ता और एक बिल्ली दिखाई दे रहे हैं"),
        (Message((mention("dog"), mention("cat", 2))), "इस कुत्ते और दो बिल्लियों को देखिए"),
        (Message((mention("plane", 2),), weather="rainy"), "बारिश हो रही है और दो हवाई जहाज़ हैं"),
        (
            Message((mention("turtle", 2), mention("tree")), "left_of", "beach", "night"),
            "रात में समुद्र तट पर एक पेड़ के बाईं ओर दो कछुए हैं",
        ),
    ],
)
def test_planted_sentences(message: Message, sentence: str) -> None:
    assert sentence in every_sentence(message)


def test_nothing_else_is_said_of_two_black_dogs() -> None:
    said = every_sentence(Message((mention("dog", 2, "black"),)))
    words = {word for sentence in said for word in sentence.split()}
    assert not words & {"काला", "काली", "कुत्ता", "है", "इस"} - {"है", "इस"}
    assert "यह दो काले कुत्तों की तस्वीर है" in said and "दो काले कुत्ते हैं" in said


def test_adjectives_agree_with_their_noun_in_gender_number_and_case() -> None:
    """By an independent rule: -ी for feminines, -ा for a masculine in the direct singular, else -े."""
    rng, compared = np.random.default_rng(3), 0
    for _ in range(500):
        message = choose_message(sample_scene(rng), rng)
        words = realise_by(grammar("hi"), message, rng)
        for index, mentioned in enumerate(message.mentions):
            ending = _ending(words, index, mentioned)
            for word in words:
                if _is(word.fact, ("colour", "size"), index) and word.word[-1] in "ािीे" and _changes(word):
                    assert word.word[-1] == ending, " ".join(word.word for word in words)
                    compared += 1
    assert compared > 300


def _ending(words: Sequence[SaidWord], index: int, mentioned: Mention) -> str:
    last = max(k for k, word in enumerate(words) if _is(word.fact, ("noun",), index))
    if words[last].word.startswith(FEMININE):
        return "ी"
    return "ा" if mentioned.count == 1 and not _is_oblique(words, last) else "े"


def _is_oblique(words: Sequence[SaidWord], last: int) -> bool:
    """Whether a postposition follows the noun, or what it is joined to by और."""
    following = words[last + 1].word if last + 1 < len(words) else ""
    if following != "और":
        return following in POSTPOSITIONS
    others = [k for k in range(last + 1, len(words)) if _is(words[k].fact, ("noun",), 1)]
    return _is_oblique(words, others[-1]) if others else False


def _is(fact: Fact | None, kinds: Sequence[str], index: int) -> bool:
    return fact is not None and fact.kind in kinds and fact.mention == index


def _changes(word: SaidWord) -> bool:
    """Whether an adjective has forms; लाल, सफ़ेद, गुलाबी and बैंगनी have one."""
    return word.word not in {"लाल", "सफ़ेद", "गुलाबी", "बैंगनी"}


def test_the_oblique_plural_ends_in_on() -> None:
    rng = np.random.default_rng(4)
    for _ in range(300):
        message = choose_message(sample_scene(rng), rng)
        words = realise_by(grammar("hi"), message, rng)
        for index, mentioned in enumerate(message.mentions):
            last = max(k for k, word in enumerate(words) if _is(word.fact, ("noun",), index))
            nasal = words[last].word.endswith("ों") or words[last].word.endswith("ओं")
            assert nasal == (mentioned.count != 1 and _is_oblique(words, last)), words
