"""The pictures that a generated corpus trains and checks its CLIP on, made once and kept in the cache."""

from dataclasses import asdict
from typing import Any

from unsup_asr.corpora.cache import cache_folder, fingerprint, locked
from unsup_asr.corpora.digit_pictures import make_digit_pictures
from unsup_asr.corpora.digits import DigitsConfig
from unsup_asr.corpora.mini.build import MiniConfig
from unsup_asr.corpora.mini.clip_pictures import make_mini_pictures
from unsup_asr.data.captioned_pictures import CaptionedPictures
from unsup_asr.errors import UsageError

# Raised whenever the bytes of generated pictures or captions change.
_VERSION = 3


def pictures_key(config: Any) -> str:
    """A hash of all that the pictures of a corpus are made from.

    Raises:
        UsageError: the corpus has no pictures of CLIP's own.
    """
    if not isinstance(config, MiniConfig | DigitsConfig):
        raise UsageError(
            "the corpus has no pictures to train a miniature CLIP on",
            where="clip=miniature",
            remedy="say clip=ARCHITECTURE/TAG or clip=FOLDER, for instance clip=ViT-B-32/openai",
        )
    made_from = {
        "version": _VERSION,
        "world": type(config).__name__,
        "seed": config.seed,
        **asdict(config.pictures),
    }
    if isinstance(config, DigitsConfig):
        made_from |= {"min_words": config.min_words, "max_words": config.max_words}
    return fingerprint(made_from)


def captioned_pictures(config: Any, split: str) -> CaptionedPictures:
    """The pictures of one split, `train` or `validation`."""
    folder = cache_folder() / "pictures" / pictures_key(config) / split
    with locked(folder):
        if isinstance(config, MiniConfig):
            make_mini_pictures(config.pictures, config.seed, split, folder)
        else:
            words = (config.min_words, config.max_words)
            make_digit_pictures(config.pictures, words, config.seed, split, folder)
    return CaptionedPictures.read(folder)
