"""The digits corpus: real recordings and handwriting, shared out without a leak, the same for a seed."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from unsup_asr.corpora.digit_language import NUMBER_WORDS, DigitLanguage
from unsup_asr.corpora.digit_rows import SPLITS, draw_row, handwriting
from unsup_asr.corpora.digit_speech import RATE, SpokenDigits, _sounds, join
from unsup_asr.corpora.digits import DigitsConfig, prepare_digits
from unsup_asr.data.audio import read_audio, write_audio
from unsup_asr.data.captions import read_captions
from unsup_asr.data.images import read_image
from unsup_asr.data.manifest import read_manifest
from unsup_asr.errors import InputError

Digests = Callable[[Path], dict[str, str]]
KillWhen = Callable[[str, Callable[[], bool]], None]
ReadRow = Callable[[Image.Image], list[int]]

FSDD = Path(__file__).resolve().parents[3] / "../shared/data/fsdd"
needs_fsdd = pytest.mark.skipif(not FSDD.is_dir(), reason="needs the spoken digits in shared/data")


def small(fsdd: Path, **changes: object) -> DigitsConfig:
    sizes = {"train": 12, "validation": 6, "test": 6, "unpaired": 20}
    return DigitsConfig(fsdd=str(fsdd), **{**sizes, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """In place of the dataset: tones between silences, whose pitch tells digit and speaker."""
    folder = tmp_path_factory.mktemp("recordings")
    for number, speaker in enumerate(("ann", "bob")):
        for digit in range(10):
            for index in (0, 5, 10, 11):
                tone = np.sin(2 * np.pi * (300 + 100 * digit + 40 * number) * np.arange(2400) / 8000)
                samples = np.concatenate([np.zeros(800), (0.1 + index / 30) * tone, np.zeros(4000)])
                samples[-1600:-1560] = 0.2  # somebody puts the microphone down
                write_audio(folder / f"{digit}_{speaker}_{index}.wav", samples, 8000)
    return folder


@pytest.fixture(scope="module")
def corpus(tones: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    prepare_digits(small(tones, train=210), folder)
    return folder


def test_the_folder_is_a_prepared_corpus(corpus: Path) -> None:
    assert len(read_captions(corpus / "captions.txt")) == 20
    for split, size in {"train": 210, "validation": 6, "test": 6}.items():
        utterances = read_manifest(corpus / f"{split}.jsonl")
        assert len(utterances) == size
        for utterance in utterances:
            assert len(read_audio(utterance.audio_filepath)) == round(utterance.duration * RATE)
            assert utterance.image_filepath is not None
            assert read_image(utterance.image_filepath).size == (7 * 32, 32)
            assert utterance.text == " ".join(word.word for word in utterance.words)
            assert 3 <= len(utterance.words) <= 7
            assert set(utterance.text.split()) <= set(NUMBER_WORDS)


def test_another_seed_gives_other_bytes(corpus: Path, tones: Path, tmp_path: Path, digests: Digests) -> None:
    prepare_digits(small(tones, seed=1), tmp_path)
    other, ours = digests(tmp_path), digests(corpus)
    assert all(other[name] != ours[name] for name in other)


def test_sizes_do_not_disturb_each_other(corpus: Path, tones: Path, tmp_path: Path, digests: Digests) -> None:
    prepare_digits(small(tones, train=5, unpaired=7), tmp_path)
    ours, smaller = digests(corpus), digests(tmp_path)
    assert all(ours[name] == smaller[name] for name in smaller if name.startswith(("audio/", "images/")))
    assert read_captions(tmp_path / "captions.txt") == read_captions(corpus / "captions.txt")[:7]


def test_a_killed_run_is_continued_to_the_same_bytes(
    corpus: Path, tones: Path, tmp_path: Path, kill_when: KillWhen, digests: Digests
) -> None:
    config, folder = small(tones, train=210), tmp_path / "corpus"
    kill_when(
        f"from pathlib import Path; from unsup_asr.corpora.digits import *; "
        f"prepare_digits({config!r}, Path({str(folder)!r}))",
        lambda: (folder / "parts" / "train-200.jsonl").exists(),
    )
    finished = folder / "audio" / "train-00205.wav"
    made = finished.stat().st_mtime_ns
    assert len(list((folder / "audio").iterdir())) < 210
    prepare_digits(config, folder)
    assert digests(folder) == digests(corpus)
    assert finished.stat().st_mtime_ns == made
    assert not (folder / "parts").exists()


def test_each_word_sounds_where_its_times_say(corpus: Path) -> None:
    """Inside a word's times there is the pitch of its digit and speaker; outside there is faint noise."""
    for utterance in read_manifest(corpus / "train.jsonl")[:20]:
        samples = read_audio(utterance.audio_filepath)
        for word in utterance.words:
            cut = samples[round((word.start + 0.05) * RATE) : round((word.end - 0.05) * RATE)]
            spectrum = np.abs(np.fft.rfft(cut * np.hanning(len(cut)), 8 * len(cut)))
            pitch = np.argmax(spectrum) * RATE / (8 * len(cut))
            planted = 300 + 100 * NUMBER_WORDS.index(word.word) + 40 * (utterance.speaker == "bob")
            assert pitch == pytest.approx(planted, abs=8)
        before = samples[: round(utterance.words[0].start * RATE) - 200]
        assert 0 < np.std(before) < 0.15 * np.std(samples)


def test_words_are_tight_and_meet_in_the_middle_of_their_overlap(tones: Path) -> None:
    digits = SpokenDigits(tones, None)
    rng = np.random.default_rng(0)
    gaps = []
    for _ in range(30):
        words = [digits.word("train", "ann", digit, rng) for digit in (1, 2, 3)]
        spoken = join(words, ["one", "two", "three"], rng).words
        for recording, word in zip(words, spoken, strict=True):
            assert len(recording) / RATE == pytest.approx(0.3, abs=0.03)  # the tone alone
            assert -0.041 <= word.end - word.start - len(recording) / RATE <= 1e-5
        gaps += [right.start - left.end for left, right in pairwise(spoken)]
    assert min(gaps) == 0
    assert 0.06 < max(gaps) <= 0.0801


def test_crossing_words_keep_their_level() -> None:
    """Two halves of one constant, cross-faded, add up to the constant."""
    rng = np.random.default_rng(0)
    constant = [np.full(8000, 0.06, dtype=np.float32)] * 2
    crossed = 0
    for _ in range(20):
        speech = join(constant, ["a", "b"], rng)
        left = speech.words[0]
        if left.end - left.start < 0.4975:  # half the overlap is gone from it
            crossed += 1
            middle = round(left.end * RATE)
            around = np.convolve(speech.samples, np.ones(80) / 80, mode="same")[middle - 800 : middle + 800]
            levels = sorted([around[:200].mean(), around[-200:].mean()])
            assert levels[0] * 0.85 < around.min() and around.max() < levels[1] * 1.15
    assert crossed > 3


@needs_fsdd
def test_splits_share_no_recording() -> None:
    digits = SpokenDigits(FSDD, None)
    assert digits.speakers("train") == digits.speakers("validation") == digits.speakers("test")
    paths = {split: recordings(digits, split) for split in ("train", "validation", "test")}
    assert sum(map(len, paths.values())) == len(set().union(*paths.values())) == 2000
    assert {int(path.stem.split("_")[2]) for path in paths["test"]} == {0, 10, 20, 30, 40}


@needs_fsdd
def test_a_speaker_held_out_is_heard_in_the_test_split_alone(tmp_path: Path) -> None:
    prepare_digits(small(FSDD, test_speaker="theo"), tmp_path)
    speakers = {
        split: {utterance.speaker for utterance in read_manifest(tmp_path / f"{split}.jsonl")}
        for split in ("train", "validation", "test")
    }
    assert speakers["test"] == {"theo"}
    assert "theo" not in speakers["train"] | speakers["validation"]
    digits = SpokenDigits(FSDD, "theo")
    assert {path.stem.split("_")[1] for path in recordings(digits, "test")} == {"theo"}
    assert not recordings(digits, "train") & recordings(digits, "validation")


@needs_fsdd
def test_silence_is_where_librosa_finds_it() -> None:
    from librosa.effects import split

    for path in sorted(FSDD.glob("*_[07].wav")):
        samples = read_audio(path, RATE)
        expected = split(samples, top_db=35, frame_length=400, hop_length=80)
        np.testing.assert_array_equal(_sounds(samples), expected)


def recordings(digits: SpokenDigits, split: str) -> set[Path]:
    return {path for (own, _, _), paths in digits._paths.items() if own == split for path in paths}


@needs_fsdd
def test_real_speech_has_the_rate_of_running_speech(tmp_path: Path) -> None:
    prepare_digits(small(FSDD, train=40), tmp_path)
    utterances = read_manifest(tmp_path / "train.jsonl")
    lengths = [word.end - word.start for utterance in utterances for word in utterance.words]
    assert min(lengths) > 0.1 and max(lengths) < 1.3
    assert 0.3 < np.median(lengths) < 0.5
    assert {utterance.speaker for utterance in utterances} == {"jackson", "lucas", "nicolas", "theo"}


def test_a_dataset_that_is_not_there_says_where_to_get_it(tmp_path: Path) -> None:
    for fsdd in (None, str(tmp_path / "gone"), str(tmp_path)):
        with pytest.raises(InputError, match=r"Jakobovski/free-spoken-digit-dataset.*data\.fsdd="):
            prepare_digits(DigitsConfig(fsdd=fsdd), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_silent_recording_is_named(tones: Path, tmp_path: Path) -> None:
    for path in tones.glob("*.wav"):
        write_audio(tmp_path / path.name, np.zeros(4000), 8000)
    with pytest.raises(InputError, match=r"1_ann_\d+\.wav: is silent throughout"):
        SpokenDigits(tmp_path, None).word("train", "ann", 1, np.random.default_rng(0))


def test_a_recording_too_short_for_a_word_is_named_by_the_corpus(tones: Path, tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    for path in tones.glob("*.wav"):
        click = np.concatenate([np.zeros(4000), np.full(80, 0.5), np.zeros(4000)])
        write_audio(folder / path.name, click, 8000)
    with pytest.raises(InputError, match=r"\d_(ann|bob)_\d+\.wav: holds 0\.0\d\d s of sound.*0\.08 s"):
        prepare_digits(small(folder), tmp_path / "out")


def test_the_recordings_are_named_by_an_absolute_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert DigitsConfig(fsdd="~/digits").fsdd == str(tmp_path.resolve() / "digits")
    assert DigitsConfig(fsdd="digits").fsdd == str(tmp_path.resolve() / "digits")
    assert DigitsConfig().fsdd is None


def test_unknown_speakers_and_missing_digits_are_named(tones: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no recordings by 'eve'.*ann, bob"):
        SpokenDigits(tones, "eve")
    for path in tones.glob("*_ann_*.wav"):
        if not path.name.startswith("7"):
            (tmp_path / path.name).symlink_to(path)
    with pytest.raises(InputError, match="no train recording of ann saying 7"):
        SpokenDigits(tmp_path, None)


@pytest.mark.parametrize("wrong", [{"train": 0}, {"min_words": 0}, {"min_words": 5, "max_words": 4}])
def test_sizes_out_of_bounds_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match=r"data\."):
        DigitsConfig(**wrong)  # type: ignore[arg-type]


def test_no_handwriting_is_in_two_splits() -> None:
    shares = {split: {image.tobytes() for part in handwriting(split) for image in part} for split in SPLITS}
    images = [image.tobytes() for split in SPLITS for part in handwriting(split) for image in part]
    assert len(images) == 1797
    assert sum(map(len, shares.values())) == len(set().union(*shares.values()))
    assert min(len(part) for split in SPLITS for part in handwriting(split)) >= 10


def test_a_row_shows_the_digits_in_the_order_given(read_row: ReadRow) -> None:
    rng = np.random.default_rng(0)
    rows = [rng.permutation(10)[: rng.integers(3, 8)].tolist() for _ in range(60)]
    read = [read_row(draw_row(row, "test", 7, rng)) for row in rows]
    assert [len(row) for row in read] == [len(row) for row in rows]
    right = [a == b for found, row in zip(read, rows, strict=True) for a, b in zip(found, row, strict=True)]
    assert np.mean(right) > 0.6  # chance is 0.1; the jitter costs the rest


def test_pictures_show_what_is_said_but_not_in_which_order(corpus: Path, read_row: ReadRow) -> None:
    same_place, same_bag, total = 0, 0, 0
    for utterance in read_manifest(corpus / "train.jsonl")[:30]:
        assert utterance.image_filepath is not None
        shown = [NUMBER_WORDS[digit] for digit in read_row(read_image(utterance.image_filepath))]
        said = [word.word for word in utterance.words]
        same_place += sum(a == b for a, b in zip(shown, said, strict=True))
        same_bag += (Counter(shown) & Counter(said)).total()
        total += len(said)
    assert same_bag / total > 0.6
    assert same_place / total < 0.4


def test_the_language_has_frequencies_and_an_order() -> None:
    language = DigitLanguage()
    rng = np.random.default_rng(0)
    sentences = [language.sentence(rng, 3, 7) for _ in range(4000)]
    assert Counter(map(len, sentences)).keys() == {3, 4, 5, 6, 7}
    pairs = np.zeros((10, 10))
    for sentence in sentences:
        np.add.at(pairs, (sentence[:-1], sentence[1:]), 1)
    np.testing.assert_allclose(pairs / pairs.sum(axis=1, keepdims=True), language.following, atol=0.06)
    frequency = pairs.sum(axis=0) / pairs.sum()
    unigram = -np.sum(frequency * np.log2(frequency))
    bigram = -np.sum(pairs / pairs.sum() * np.log2(language.following))
    assert bigram < unigram - 0.2 < np.log2(10) - 0.2
    gaps = np.diff(np.sort(DigitLanguage().first))
    assert gaps.min() > 0  # no two digits are exchangeable


def test_spoken_sentences_and_captions_are_other_draws(corpus: Path) -> None:
    spoken = [utterance.text for utterance in read_manifest(corpus / "train.jsonl")]
    captions = [" ".join(words) for words in read_captions(corpus / "captions.txt")]
    assert spoken[:12] != captions[:12]
