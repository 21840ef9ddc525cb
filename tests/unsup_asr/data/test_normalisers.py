"""One form for each text: pairs checked by hand, and doing it again changes nothing."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.data.captions import normalise
from unsup_asr.data.normalisers import ENGLISH, HINDI, JAPANESE, is_english, normaliser

DEVANAGARI = st.characters(min_codepoint=0x0900, max_codepoint=0x097F)
JAPANESE_CHARACTERS = st.one_of(
    st.characters(min_codepoint=0x3000, max_codepoint=0x30FF),
    st.characters(min_codepoint=0xFF01, max_codepoint=0xFF9F),
    st.sampled_from("犬公園走々〇〆葛ー・'’aＡ１ \ufe0f\U000e0100\u309a"),
)
JOINERS = st.sampled_from("\u200c\u200d\u093c\u094d'’ -1a")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("एक कुत्ता दौड़ रहा है।", "एक कुत्ता दौड़ रहा है"),
        ("राम॥ सीता", "राम सीता"),
        ("बस नंबर १२०", "बस नंबर 120"),
        ("३.५ किलो", "3 5 किलो"),
        ("\u0958लम", "क\u093cलम"),  # क़, one code point and two
        ("\u095b\u094dयादा", "ज\u093c\u094dयादा"),
        ("न\u093c", "\u0929"),  # ऩ, two code points and one: the only form that NFC knows
        ("क\u094d\u200dया", "क\u094dया"),  # क्‍या with a joiner
        ("न\u200c\u093c", "\u0929"),
        ("आदमी-औरत", "आदमी औरत"),
        ("“नीली BUS” पर…", "नीली bus पर"),
        ("दुःख हुआ? हाँ!", "दुःख हुआ हाँ"),
        ("क\u200bख", "क ख"),  # a zero-width space parts words
        ("डॉ॰ राय", "डॉ राय"),
    ],
)
def test_hindi_pairs(text, expected):
    assert HINDI(text) == expected


def test_a_nukta_is_not_lost():
    assert HINDI("सड़क") != HINDI("सडक")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("犬が、公園を走っている。", "犬 が 公 園 を 走 っ て い る"),
        ("ｶﾞﾗｽ", "ガ ラ ス"),  # half width, the mark of voicing apart
        ("ガラス", "ガ ラ ス"),
        ("か\u3099", "が"),
        ("ＴシャツとＡＢＣ１２３", "t シ ャ ツ と abc123"),
        ("「キャッチ・ボール」をする人々！", "キ ャ ッ チ ボ ー ル を す る 人 々"),
        ("ﾗｰﾒﾝ〜？", "ラ ー メ ン"),
        ("バスが　1 台", "バ ス が 1 台"),
        ("二〇二〇年", "二 〇 二 〇 年"),
        ("〆切", "〆 切"),
        ("葛\U000e0100飾", "葛 飾"),
        ("か\u309aき", "か\u309a き"),  # no single code point has it
        ("あ'い", "あ い"),
    ],
)
def test_japanese_pairs(text, expected):
    assert JAPANESE(text) == expected


def test_spaces_do_not_count_in_japanese():
    assert JAPANESE.tokenise("犬が 走る") == JAPANESE.tokenise("犬が走る")


@given(st.text())
def test_english_is_what_it_was(text):
    assert ENGLISH.tokenise(text) == normalise(text)


@given(st.text() | st.text(DEVANAGARI | JOINERS))
def test_hindi_again_changes_nothing(text):
    assert HINDI(HINDI(text)) == HINDI(text)


@given(st.text() | st.text(JAPANESE_CHARACTERS))
def test_japanese_again_changes_nothing(text):
    assert JAPANESE(JAPANESE(text)) == JAPANESE(text)


@given(st.text(DEVANAGARI))
def test_canonically_equal_hindi_is_equal(text):
    assert HINDI(unicodedata.normalize("NFD", text)) == HINDI(unicodedata.normalize("NFC", text))


@given(st.text("犬が走る公園ーっ々", max_size=12))
def test_japanese_tokens_are_characters(text):
    assert JAPANESE.tokenise(text) == list(text)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("en", ENGLISH), ("eng", ENGLISH), ("hi", HINDI), ("hi-IN", HINDI), ("HIN", HINDI),
        ("ja_JP", JAPANESE), ("jpn", JAPANESE), ("sw", ENGLISH),
    ],
)  # fmt: skip
def test_languages_have_their_own(code, expected):
    assert normaliser(code) is expected


def test_versions_tell_normalisers_apart():
    assert len({each.version for each in (ENGLISH, HINDI, JAPANESE)}) == 3


@pytest.mark.parametrize(
    ("code", "expected"),
    [("en", True), ("EN_us", True), ("eng", True), ("hi", False), ("sw", False), ("enm", False)],
)
def test_other_languages_are_not_english_though_they_are_treated_as_it_is(code, expected):
    assert is_english(code) is expected


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (ENGLISH, "On the", "on the"),
        (HINDI, "दौड़ रहा।", "दौड़ रहा"),
        (JAPANESE, "キャッチ・ﾎﾞｰﾙ", "キャッチボール"),
    ],
)
def test_a_word_is_one_whatever_its_tokens(language, text, expected):
    assert language.word(text) == expected
