"""Makes `clip.safetensors`, the miniature CLIP that ships here: `python -m recipes.mini_en.make_clip`.

It is what the recipe would train itself if the file were not there, in three quarters of an hour on one core;
packed small.
"""

from pathlib import Path

from open_clip import get_tokenizer

from unsup_asr.cli.configuration import compose
from unsup_asr.corpora.cache import cache_folder
from unsup_asr.corpora.pictures import captioned_pictures
from unsup_asr.encoders.packed_clip import pack_clip
from unsup_asr.pipeline.clip import miniature_key, train_miniature
from unsup_asr.pipeline.common_config import CommonConfig
from unsup_asr.training.miniature_clip import used_ids


def main() -> None:
    """Train, unless the cache has it, and pack."""
    config = compose("mini_en", [])
    assert isinstance(config, CommonConfig)
    key = miniature_key(config)
    folder = cache_folder() / "clip" / f"{key}-training"
    train_miniature(config, folder)
    ids = used_ids(captioned_pictures(config.data, "train"), get_tokenizer("ViT-B-32"))
    pack_clip(folder, ids, key, Path(__file__).with_name("clip.safetensors"))


if __name__ == "__main__":
    main()
