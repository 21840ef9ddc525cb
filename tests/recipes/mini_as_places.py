"""The mini corpora as Places would ship them, and the recipes of Places in the sizes of the mini recipes.

    write_english(root, spoken_pictures(corpus), form="2020")     # then: unsup-asr prepare places_en root …
    unsup-asr run places_en … encoder=log_mel clip=FOLDER *sizes(compose("mini_en"))

Any language will do: `write_hindi` and `write_japanese` take the same, and what is spoken of equal pictures is
joined on them. Pictures stay PNG, where Places has JPEG, which would make other pictures of them.
"""

from operator import attrgetter
from pathlib import Path

from tests.unsup_asr.corpora.published.places_layout import Item, Splits
from unsup_asr.corpora.preparation import SPLITS
from unsup_asr.data.manifest import Utterance, read_manifest
from unsup_asr.pipeline.config import RunConfig

# What depends on how much there is to learn from, and nothing else that a recipe may differ in.
_LENGTH = ("updates", "checkpoint_every", "log_every")
_SIZES = (
    "slots",
    "starts",
    "vocabulary.min_count",
    "lm.prune",
    "cascade.batch",
    "self_training.batch",
    *(f"self_training.loop.{key}" for key in _LENGTH),
    *(f"re_estimation.adaptation.{key}" for key in _LENGTH),
)


def spoken_pictures(corpus: Path) -> Splits:
    """The utterances of a mini corpus without their word times, for Places has none.

    Args:
        corpus: a folder with `train.jsonl`, `validation.jsonl` and `test.jsonl`.
    """
    return {split: [_item(each) for each in read_manifest(corpus / f"{split}.jsonl")] for split in SPLITS}


def sizes(recipe: RunConfig) -> list[str]:
    """The sizes of a recipe as `key=value` words, for a recipe of as many stages."""
    said = [f"{key}={attrgetter(key)(recipe)}" for key in _SIZES]
    loops = [(f"stages.{number}.loop", stage.loop) for number, stage in enumerate(recipe.stages)]
    return said + [f"{where}.{key}={getattr(loop, key)}" for where, loop in loops for key in _LENGTH]


def _item(utterance: Utterance) -> Item:
    assert utterance.image_filepath is not None and utterance.speaker is not None
    return Item(utterance.image_filepath, utterance.audio_filepath, utterance.text, utterance.speaker)
