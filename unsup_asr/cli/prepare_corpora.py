"""Which corpora `unsup-asr prepare` knows, with their options."""

from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unsup_asr.corpora.preparation import Preparation


@dataclass(frozen=True)
class Option:
    """An option of a corpus: how its value is read, how it is shown, what it is for."""

    read: Callable[[str], Any]
    metavar: str
    help: str


@dataclass(frozen=True)
class PublishedCorpus:
    """A corpus that lies in a folder.

    Attributes:
        name: of the corpus; `prepare_NAME` prepares it.
        summary: what it is.
        module: below `unsup_asr.corpora.published`, where that function is.
        recipe: what runs on it.
        root: what the folder holds.
        options: by the keyword of the function.
    """

    name: str
    summary: str
    module: str
    recipe: str
    root: str
    options: Mapping[str, Option] = field(default_factory=dict)

    def prepare(self, arguments: Namespace) -> "Preparation":
        """Call the function with the options that are given."""
        function = getattr(
            import_module(f"unsup_asr.corpora.published.{self.module}"), f"prepare_{self.name}"
        )
        preparation: Preparation = function(arguments.root, **given(arguments, self.options))
        return preparation


@dataclass(frozen=True)
class SpokenDigitsCorpus(PublishedCorpus):
    """Utterances that are joined from a corpus's recordings."""

    def prepare(self, arguments: Namespace) -> "Preparation":
        """Join them in OUT."""
        from unsup_asr.corpora.digits import DigitsConfig
        from unsup_asr.corpora.published.fsdd import prepare_fsdd

        config = DigitsConfig(**given(arguments, self.options))
        return prepare_fsdd(arguments.root, arguments.out, config)


@dataclass(frozen=True)
class MiniCorpus(PublishedCorpus):
    """A corpus that is made from nothing."""

    def prepare(self, arguments: Namespace) -> "Preparation":
        """Make it in OUT."""
        from unsup_asr.corpora.mini.build import MiniConfig
        from unsup_asr.corpora.published.mini import prepare_mini_files

        return prepare_mini_files(arguments.out, MiniConfig(**given(arguments, self.options)))


def given(arguments: Namespace, options: Mapping[str, Option]) -> dict[str, Any]:
    """The options that were given, so that defaults stay where the functions have them."""
    return {name: value for name in options if (value := getattr(arguments, name)) is not None}


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(",") if name)


def _share(of: str) -> Option:
    return Option(float, "SHARE", of)


def _elsewhere(what: str) -> Option:
    return Option(Path, "PATH", f"where {what}, if not in ROOT")


def _lists(text: str) -> str:
    if text not in ("400k", "2020"):
        raise ArgumentTypeError(f"{text!r} is neither 400k nor 2020")
    return text


_TEXT = {
    "text_share": _share("of the training pictures: their captions are read, their speech is not heard"),
    "captions": Option(Path, "FILE", "English captions, one a line, instead of those of some pictures"),
}
_AUDIO = {"audio": _elsewhere("the recordings are")}
_ALIGNMENTS = {"alignments": _elsewhere("word alignments are")}
_ENGLISH = {"english": _elsewhere("English Places is")}
_PLACES = {
    "lists": Option(_lists, "LISTS", "which of the split lists of English: 400k or 2020"),
    "validation_share": _share("of the training pictures: validation, where the publisher lists none"),
    "images": _elsewhere("the pictures are"),
    **_TEXT,
}
_ONE_OF_PLACES = _PLACES | _AUDIO | _ENGLISH
_ALL_OF_PLACES = _PLACES | _ENGLISH | {
    "hindi": _elsewhere("Hindi Places is"),
    "japanese": _elsewhere("Japanese Places is"),
}  # fmt: skip
_COCO = {
    "images": _elsewhere("train2014/ and val2014/ are"),
    "alignments": Option(Path, "PATH", "word alignments, over and above those beside the captions"),
    **_TEXT,
}
_PARTS = {
    "test": Option(_names, "PART,…", "what is scored, such as test-clean,test-other"),
    "validation": Option(_names, "PART,…", "such as dev-clean"),
    "train": Option(_names, "PART,…", "such as train-clean-100"),
    **_ALIGNMENTS,
}
_SIZES = {
    "train": Option(int, "N", "utterances to learn from"),
    "validation": Option(int, "N", "utterances to choose with"),
    "test": Option(int, "N", "utterances for the score"),
    "unpaired": Option(int, "N", "captions that belong to no picture"),
    "seed": Option(int, "N", "of all that is drawn"),
}
_DIGITS = {**_SIZES, "test_speaker": Option(str, "NAME", "who is heard in the test and nowhere else")}
_MINI = {"language": Option(str, "CODE", "of the speech"), **_SIZES}
_OWN = {
    "lang": Option(str, "CODE", "language of the speech, where the table does not tell"),
    "validation_share": _share("of the pictures: validation"),
    "test_share": _share("of the pictures: test"),
    **_TEXT,
}

_ENGLISH_PLACES = "PlacesAudio_400k_distro/ and, as images/, the pictures"

CORPORA: tuple[PublishedCorpus, ...] = (
    PublishedCorpus(
        "places_en", "Places in English", "places", "places_en",
        f"holds {_ENGLISH_PLACES}", _PLACES | _AUDIO,
    ),
    PublishedCorpus(
        "places_hi", "Places in Hindi", "places", "places_hi",
        f"holds PlacesHindi100k/, {_ENGLISH_PLACES}", _ONE_OF_PLACES,
    ),
    PublishedCorpus(
        "places_ja", "Places in Japanese", "places", "places_ja",
        f"holds PlacesAudioJpn_100k/, {_ENGLISH_PLACES}", _ONE_OF_PLACES,
    ),
    PublishedCorpus(
        "places_multi", "Places in all three", "places", "places_multi",
        f"holds PlacesHindi100k/, PlacesAudioJpn_100k/, {_ENGLISH_PLACES}", _ALL_OF_PLACES,
    ),
    PublishedCorpus(
        "spokencoco", "SpokenCOCO, Karpathy's splits or the release", "spokencoco", "spokencoco",
        "holds SpokenCOCO_*.json and wavs/", _COCO,
    ),
    PublishedCorpus(
        "flickr8k", "Flickr8k with its audio captions", "flickr8k", "flickr8k",
        "holds flickr_audio/, Images/, Flickr8k.token.txt and Flickr_8k.*Images.txt", _TEXT,
    ),
    PublishedCorpus(
        "librispeech", "LibriSpeech, to decode and score", "librispeech", "librispeech_transfer",
        "holds test-clean/ and what else is asked for, or LibriSpeech/ with them", _PARTS,
    ),
    SpokenDigitsCorpus(
        "fsdd", "Free Spoken Digits: the corpus of the recipe digits, as files", "fsdd", "generic",
        "the dataset's recordings/, or the folder that holds it", _DIGITS,
    ),
    MiniCorpus(
        "mini", "the corpus of the recipe mini_en, as files; has no ROOT", "mini", "generic", "", _MINI
    ),
    PublishedCorpus(
        "generic", "your own recordings with pictures: a table, or a folder of both", "generic", "generic",
        "a table (.csv, .tsv, .jsonl) with columns audio and image, or a folder where recordings lie beside "
        "pictures of the same names",
        _OWN,
    ),
)  # fmt: skip
