"""Where unpaired captions come from, when every picture is spoken of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from unsup_asr.corpora.preparation import LeftOut
from unsup_asr.corpora.published.by_picture import text_half
from unsup_asr.data.captions import normalise, read_captions
from unsup_asr.data.manifest import Utterance
from unsup_asr.data.normalisers import is_english
from unsup_asr.errors import UsageError

TEXT_SHARE = 0.5


@dataclass(frozen=True)
class TextSide:
    """What is spoken, and the captions that are read.

    Attributes:
        train: utterances that stay on the spoken side.
        captions: unpaired, in English.
        source: of the captions, in words for people.
        left_out: utterances that lent their caption, and captions of the file that must not be used.
    """

    train: Sequence[Utterance]
    captions: Sequence[str]
    source: str
    left_out: Sequence[LeftOut]


def text_side(splits: Mapping[str, Sequence[Utterance]], share: float, file: Path | None) -> TextSide:
    """Captions from a share of the training pictures, which is then spoken of no more, or from a file.

    Args:
        splits: spoken captions, no picture in two of them.
        share: of the training pictures that go to the text side where no file is named; those without an
            English caption never do.
        file: of captions, one a line. Those that say word for word what an utterance says are left out,
            since the file may tell of the same pictures.

    Raises:
        UsageError: the share is not at least 0 and below 1.
        InputError: the file cannot be read.
    """
    if not 0 <= share < 1:
        fault = f"a text share of {share:g} leaves no picture to be spoken of, or is none"
        raise UsageError(fault, remedy="give one of at least 0 and below 1")
    return _lent(splits.get("train", ()), share) if file is None else _read(splits, file)


def english(utterance: Utterance) -> tuple[str, ...]:
    """The English captions that come with an utterance."""
    spoken = (utterance.text,) if utterance.text and is_english(utterance.lang) else ()
    return (*spoken, *utterance.translations)


def _lent(train: Sequence[Utterance], share: float) -> TextSide:
    captioned = {utterance.picture for utterance in train if english(utterance)}
    chosen = {picture for picture in captioned if text_half(picture, share)}
    spoken = [utterance for utterance in train if utterance.picture not in chosen]
    lending = [utterance for utterance in train if utterance.picture in chosen]
    captions = list(dict.fromkeys(caption for utterance in lending for caption in english(utterance)))
    left_out = [LeftOut(u.id, "train", "picture is on the text side", broken=False) for u in lending]
    source = f"the written captions of {len(chosen)} training pictures, whose recordings are not used"
    return TextSide(spoken, captions, source if chosen else "none", left_out)


def _read(splits: Mapping[str, Sequence[Utterance]], file: Path) -> TextSide:
    said = _sentences(caption for utterances in splits.values() for u in utterances for caption in english(u))
    lines = [" ".join(words) for words in read_captions(file)]
    left_out = [
        LeftOut(f"{file.name}: {line}", None, "caption is said in the corpus", broken=False)
        for line in lines
        if line in said
    ]
    captions = [line for line in lines if line not in said]
    return TextSide(splits.get("train", ()), captions, f"the file {file.name}", left_out)


def _sentences(captions: Iterable[str]) -> set[str]:
    return {" ".join(normalise(caption)) for caption in captions}
