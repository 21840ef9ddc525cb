"""Places in English, Hindi, Japanese, or all three: joined on the picture, split by picture.

`root` is the folder of a distribution, or one that holds several under the publisher's names:

    PlacesAudio_400k_distro/    metadata/{train,val}.json or metadata/{train,dev_seen,…}_2020.json, wavs/
    PlacesHindi100k/            PlacesHindi100k_{train,dev,test}.json or PlacesHindi_{train,val,test}.json,
                                hindi_wavs/
    PlacesAudioJpn_100k/        PlacesAudioJpn_100k_image2audio_{train,valid}.txt or
                                PlacesJpn_{train,val,test}.json, recordings as listed
    images/                     a/abbey/gsun_….jpg, …; here or in any of the above; also as images256/ or as
                                the archive of Places205 unpacks

The base paths inside the lists are those of the publisher's machine and are passed over. A list that the
publisher has for what is held out, but no list of a third kind, is the test; validation is then drawn from the
training pictures by a hash of their names.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from unsup_asr.corpora.preparation import Preparation, ReferenceKind
from unsup_asr.corpora.published.listing import Listing
from unsup_asr.corpora.published.places.finishing import finished
from unsup_asr.corpora.published.places.joining import told_in_english_alone, with_translations
from unsup_asr.corpora.published.places.layout import (
    ENGLISH_400K,
    ENGLISH_2020,
    HINDI,
    JAPANESE,
    Distribution,
    Form,
    find_distribution,
    find_images,
)
from unsup_asr.corpora.published.places.lists import read_listing, together
from unsup_asr.corpora.published.spoken_captions import prepare_spoken_captions
from unsup_asr.corpora.published.text_side import TEXT_SHARE
from unsup_asr.errors import InputError

EnglishLists = Literal["400k", "2020"]

VALIDATION_SHARE = 0.01

_FORMS: dict[EnglishLists, Form] = {"400k": ENGLISH_400K, "2020": ENGLISH_2020}


def prepare_places_en(
    root: Path,
    *,
    lists: EnglishLists = "400k",
    text_share: float = TEXT_SHARE,
    validation_share: float = VALIDATION_SHARE,
    captions: Path | None = None,
    audio: Path | None = None,
    images: Path | None = None,
) -> Preparation:
    """English Places; `text` is what the publisher's ASR heard.

    Every picture is spoken about, so the training pictures are split into a spoken and a text half.

    Args:
        root: see above.
        lists: the publisher's split: of 400k captions, or that of 2020, of which seen and unseen speakers are
            taken together.
        text_share: of the training pictures, which give their texts as captions and are not spoken.
        validation_share: of the training pictures, where there is no list of validation.
        captions: a file of English captions, one a line, to take instead; all pictures stay spoken then.
        audio: what paths of recordings are relative to, if not the folder of the distribution.
        images: what paths of pictures are relative to, if not one of the folders above.

    Raises:
        InputError: there is no such corpus there, a list cannot be read, or nothing is left of a split.
        UsageError: a share is not at least 0 and below 1.
    """
    distribution = find_distribution(root, "en", [_FORMS[lists]])
    images = images or find_images([distribution.folder, root])
    english = read_listing(distribution, audio or distribution.folder, images, validation_share)
    return _prepared("places_en", [english], english, text_share, captions, "asr")


def prepare_places_hi(
    root: Path,
    *,
    english: Path | None = None,
    lists: EnglishLists = "400k",
    text_share: float = 0.0,
    validation_share: float = VALIDATION_SHARE,
    captions: Path | None = None,
    audio: Path | None = None,
    images: Path | None = None,
) -> Preparation:
    """Hindi Places; `translations` are English captions of the same picture, as ASR heard them.

    Captions come from the pictures that English alone speaks about, three in four, so that no Hindi need be
    given up for them.

    Args:
        root: see above.
        english: where English Places is, if not in `root`.
        lists: of English, as in `prepare_places_en`.
        text_share: of the Hindi training pictures, which give captions, too, and are not spoken.
        validation_share, captions, audio, images: as in `prepare_places_en`.

    Raises:
        InputError, UsageError: as `prepare_places_en`.
    """
    spoken = find_distribution(root, "hi", HINDI)
    reference = find_distribution(english or root, "en", [_FORMS[lists]])
    images = images or find_images([spoken.folder, root, reference.folder])
    listing, texts = _beside_english(spoken, reference, audio, images, validation_share)
    return _prepared("places_hi", [listing], texts, text_share, captions, "image_caption")


def prepare_places_ja(
    root: Path,
    *,
    english: Path | None = None,
    lists: EnglishLists = "400k",
    text_share: float = 0.0,
    validation_share: float = VALIDATION_SHARE,
    captions: Path | None = None,
    audio: Path | None = None,
    images: Path | None = None,
) -> Preparation:
    """Japanese Places; everything as in `prepare_places_hi`."""
    spoken = find_distribution(root, "ja", JAPANESE)
    reference = find_distribution(english or root, "en", [_FORMS[lists]])
    images = images or find_images([spoken.folder, root, reference.folder])
    listing, texts = _beside_english(spoken, reference, audio, images, validation_share)
    return _prepared("places_ja", [listing], texts, text_share, captions, "image_caption")


def prepare_places_multi(
    root: Path,
    *,
    english: Path | None = None,
    hindi: Path | None = None,
    japanese: Path | None = None,
    lists: EnglishLists = "400k",
    text_share: float = TEXT_SHARE,
    validation_share: float = VALIDATION_SHARE,
    captions: Path | None = None,
    images: Path | None = None,
) -> Preparation:
    """The three languages together, told apart by `lang`.

    A picture that one language holds out is in no language's training, and gives no captions.

    Args:
        root: holds the three distributions.
        english, hindi, japanese: where a language is, if not in `root`.
        lists, text_share, validation_share, captions, images: as in `prepare_places_en`.

    Raises:
        InputError, UsageError: as `prepare_places_en`.
    """
    distributions = [
        find_distribution(english or root, "en", [_FORMS[lists]]),
        find_distribution(hindi or root, "hi", HINDI),
        find_distribution(japanese or root, "ja", JAPANESE),
    ]
    images = images or find_images([root, *(each.folder for each in distributions)])
    listings = [read_listing(each, each.folder, images, validation_share) for each in distributions]
    return _prepared("places_multi", listings, listings[0], text_share, captions, "image_caption")


def _beside_english(
    spoken: Distribution, english: Distribution, audio: Path | None, images: Path, validation_share: float
) -> tuple[Listing, Listing]:
    """What is said in another language, and the English that is said of the same pictures."""
    listing = read_listing(spoken, audio or spoken.folder, images, validation_share)
    return listing, read_listing(english, english.folder, images, validation_share)


def _prepared(
    corpus: str,
    listings: Sequence[Listing],
    english: Listing,
    text_share: float,
    captions: Path | None,
    reference_kind: ReferenceKind,
) -> Preparation:
    spoken = with_translations(together(listings), english)
    preparation = finished(prepare_spoken_captions(corpus, spoken, text_share, captions), spoken)
    preparation = replace(preparation, reference_kind=reference_kind)
    if captions is None:
        preparation = _with_captions_of_others(preparation, english, spoken)
    if not preparation.captions:
        remedy = "raise --text_share, or name a file of English captions: --captions"
        raise InputError("no picture is left to give captions", where=corpus, remedy=remedy)
    return preparation


def _with_captions_of_others(preparation: Preparation, english: Listing, spoken: Listing) -> Preparation:
    """With the captions of pictures, too, that nothing prepared here speaks about."""
    others = told_in_english_alone(english, spoken)
    pictures = len({utterance.picture for utterance in others})
    origins = [preparation.captions_from] if preparation.captions else []
    origins += [f"{pictures} training pictures that English alone speaks about"] if others else []
    captions = dict.fromkeys((*preparation.captions, *(each.text for each in others if each.text)))
    origin = f"ASR of English: {'; '.join(origins)}"
    return replace(preparation, captions=tuple(captions), captions_from=origin)
