"""Drawn utterances: texts in three scripts, several of one recording, some without speaker, text or words."""

from pathlib import Path

from hypothesis import strategies as st

from unsup_asr.data.manifest import Utterance, Word

# Letters with vowel signs, ligatures, kana and kanji, and what other formats give a meaning to.
LETTERS = "abc'क़ष्मिदुनिया犬が走ーる"
MARKS = '-_./ |:;!,"]'

words = st.text(LETTERS, min_size=1, max_size=6)
texts = st.lists(words, max_size=4).map(" ".join)
names = st.text(LETTERS + MARKS, min_size=1, max_size=8)
# Words' times to the microsecond, as CTM has them.
times = st.integers(0, 5_000_000).map(lambda value: value / 1e6)


@st.composite
def utterances(draw: st.DrawFn, folder: Path) -> Utterance:
    starts = sorted(draw(st.lists(times, max_size=6, unique=True)))
    spoken = tuple(
        Word(draw(words), start, end) for start, end in zip(starts[::2], starts[1::2], strict=False)
    )
    return Utterance(
        id=draw(names),
        audio_filepath=folder / draw(st.sampled_from(("a b.wav", "c/a b.wav", "犬.flac"))),
        duration=draw(st.floats(5, 100)),
        lang=draw(st.sampled_from(("en", "hi", "ja"))),
        offset=draw(st.just(0.0) | times | st.floats(0, 100)),
        speaker=draw(st.none() | names),
        image_filepath=draw(st.none() | st.just(folder / "p q.jpg")),
        image_id=draw(st.none() | names),
        text=draw(st.none() | texts),
        translations=tuple(draw(st.lists(texts, max_size=2))),
        words=spoken,
    )


def manifests(folder: Path) -> st.SearchStrategy[list[Utterance]]:
    """One to five utterances with different ids."""
    return st.lists(utterances(folder), min_size=1, max_size=5, unique_by=lambda utterance: utterance.id)
