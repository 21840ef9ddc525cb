"""The pictures of a corpus's CLIP are made once for all that they are made from, and for nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from unsup_asr.corpora.cache import cache_folder
from unsup_asr.corpora.digits import DigitsConfig
from unsup_asr.corpora.manifests import ManifestsConfig
from unsup_asr.corpora.mini.build import MiniConfig
from unsup_asr.corpora.pictures import captioned_pictures, pictures_key
from unsup_asr.data.captioned_pictures import CaptionedPictures, FalseCaption, TrueCaption
from unsup_asr.errors import UsageError

MINI, DIGITS = MiniConfig(), DigitsConfig()


@pytest.mark.parametrize(
    ("config", "other"),
    [
        (MINI, DIGITS),
        (MINI, replace(MINI, seed=1)),
        (MINI, replace(MINI, pictures=replace(MINI.pictures, train=7))),
        (MINI, replace(MINI, pictures=replace(MINI.pictures, image_size=48))),
        (DIGITS, replace(DIGITS, seed=1)),
        (DIGITS, replace(DIGITS, max_words=DIGITS.max_words - 1)),
        (DIGITS, replace(DIGITS, pictures=replace(DIGITS.pictures, captions=5))),
    ],
)
def test_what_pictures_are_made_from_is_in_the_key(config, other):
    assert pictures_key(config) != pictures_key(other)


@pytest.mark.parametrize(
    ("config", "other"), [(MINI, replace(MINI, train=5, test=6)), (DIGITS, replace(DIGITS, train=5, test=6))]
)
def test_how_much_is_spoken_does_not_matter_to_them(config, other):
    assert pictures_key(config) == pictures_key(other)


def test_ones_own_data_have_none():
    with pytest.raises(UsageError, match="no pictures to train a miniature CLIP on"):
        pictures_key(ManifestsConfig())


@pytest.mark.parametrize("config", [MINI, DIGITS], ids=["mini", "digits"])
@pytest.mark.parametrize("split", ["train", "validation"])
def test_pictures_that_are_there_are_not_made_again(config, split, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    pixels = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 3), dtype=np.uint8)
    caption = TrueCaption(("a", "dog"), (FalseCaption("noun", ("a", "cat")),))
    made = CaptionedPictures(pixels, [[caption], [caption]])
    made.write(cache_folder() / "pictures" / pictures_key(config) / split)
    found = captioned_pictures(config, split)
    assert np.array_equal(found.pixels, pixels)
    assert found.captions == made.captions
