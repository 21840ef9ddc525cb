"""Segmenters by name do what the segmenters do, and from a folder what they did before."""

from dataclasses import replace

import pytest
import torch

from segmenters.energy import EnergyConfig, EnergySegmenter
from segmenters.errors import SegmentationError
from segmenters.eskmeans import ESKMeansConfig, fit_eskmeans
from segmenters.given import Given
from segmenters.gradseg import GradSegConfig, fit_gradseg
from segmenters.metrics.boundaries import boundary_scores
from segmenters.prominence import Prominence, ProminenceConfig
from segmenters.speech import Frames, Speech
from segmenters.uniform import UniformSegmenter
from segmenters.vg_hubert.attention import AttentionConfig
from segmenters.vg_hubert.model import VGHubert
from segmenters.vg_hubert.segmenter import VGHubertSegmenter, VGHubertSegmenterConfig
from unsup_asr.encoders.log_mel import LogMelConfig, LogMelEncoder
from unsup_asr.errors import InputError, UsageError
from unsup_asr.segmentation.attention import cls_attention
from unsup_asr.segmentation.config import SegmentationConfig
from unsup_asr.segmentation.methods import METHODS, TRAINED
from unsup_asr.segmentation.recipe import SegmenterRecipe
from unsup_asr.segmentation.speech_segmenter import (
    SpeechSegmenter,
    load_segmenter,
    make_segmenter,
    make_unlearned,
)

RATE_OF_WORDS = 2.5


def recipe(method: str, **settings) -> SegmenterRecipe:
    return SegmenterRecipe(method, RATE_OF_WORDS, "log_mel", SegmentationConfig(**settings), LogMelConfig())


@pytest.fixture
def make(tone_speech, tiny_vg_hubert, tiny_head, tiny_recogniser):
    folders = {
        "vg_hubert": str(tiny_vg_hubert),
        "boundary_head": str(tiny_head),
        "recognised": str(tiny_recogniser),
    }

    def make(method: str, **settings) -> SpeechSegmenter:
        settings = {"checkpoint": folders.get(method), **settings}
        return make_segmenter(recipe(method, **settings), tone_speech)

    return make


def frames(speech: list[Speech]) -> list[Frames]:
    encoder = LogMelEncoder(LogMelConfig())
    return [Frames(s.id, encoder.encode(torch.from_numpy(s.samples)), 0.01, s.duration) for s in speech]


def spans(segmenter, utterances) -> list:
    return [found.spans for found in segmenter.segment(utterances)]


@pytest.mark.parametrize("method", METHODS[1:])
def test_a_folder_holds_the_whole_segmenter(make, tone_speech, tmp_path, method):
    made = make(method)
    found = made.segment(tone_speech[:4])
    assert [(f.id, f.method, f.duration) for f in found] == [
        (s.id, method, s.duration) for s in tone_speech[:4]
    ]
    made.save(tmp_path / "here")
    (tmp_path / "here").rename(tmp_path / "there")
    again = load_segmenter(tmp_path / "there")
    assert again.segment(tone_speech[:4]) == found
    assert again.recipe == replace(made.recipe, settings=replace(made.recipe.settings, checkpoint=None))
    again.save(tmp_path / "there")
    assert load_segmenter(tmp_path / "there").segment(tone_speech[:4]) == found


def test_names_stand_for_the_segmenters(make, tone_speech, tiny_vg_hubert):
    heard, framed = tone_speech[:3], frames(tone_speech)
    plain = {
        "energy": EnergySegmenter(EnergyConfig(RATE_OF_WORDS)),
        "uniform": UniformSegmenter(RATE_OF_WORDS),
    }
    for method, segmenter in plain.items():
        assert spans(make(method), heard) == spans(segmenter, heard)
    assert spans(make("prominence"), heard) == spans(Prominence(ProminenceConfig(RATE_OF_WORDS)), framed[:3])
    assert spans(make("gradseg"), heard) == spans(
        fit_gradseg(framed, GradSegConfig(RATE_OF_WORDS)), framed[:3]
    )
    config = VGHubertSegmenterConfig(AttentionConfig(layer=0, quantile=0.6))
    words = VGHubertSegmenter(VGHubert.from_pretrained(tiny_vg_hubert), config)
    assert spans(make("vg_hubert", layer=0, quantile=0.6), heard) == spans(words, heard)


def test_eskmeans_chooses_among_dips(make, tone_speech):
    """Two and a half as many as there are words; the lexicon has one entry for every ten of them."""
    candidates = Given(EnergySegmenter(EnergyConfig(2.5 * RATE_OF_WORDS)).segment(tone_speech))
    words = round(RATE_OF_WORDS * sum(speech.duration for speech in tone_speech))
    config = ESKMeansConfig(RATE_OF_WORDS, clusters=round(words / 10))
    fitted = fit_eskmeans(frames(tone_speech), config, candidates)
    assert spans(make("eskmeans"), tone_speech) == spans(fitted, frames(tone_speech))
    assert make("eskmeans", clusters=3).learned.centres.shape[0] == 3


@pytest.mark.parametrize("method", ["energy", "eskmeans"])
def test_tones_are_found(make, tone_speech, say_tones, method):
    """Between two tones there is silence: its edges and its middle are all within its length."""
    found = make(method).segment(tone_speech)
    true = [replace(say_tones(s.id.split("-"))[1], id=s.id) for s in tone_speech]
    assert boundary_scores(true, found, tolerance=0.1).f1 > 60


def test_the_layer_at_three_quarters_counts_where_none_is_named(make):
    assert make("vg_hubert").segmenter.config.attention.layer == 1


def test_attention_is_that_of_vg_hubert_alone(make, tone_speech):
    assert cls_attention(make("energy"), tone_speech[0]) is None
    attention = cls_attention(make("vg_hubert"), tone_speech[0])
    model = make("vg_hubert").learned
    frames_heard = (len(tone_speech[0].samples) - model.reach) // model.hop + 1
    assert attention.shape == (2, frames_heard)
    assert (attention > 0).all() and (attention.sum(axis=1) < 1).all()


def test_an_encoder_is_kept_with_the_segmenter(tone_speech, tiny_hubert, tmp_path):
    own = replace(recipe("prominence"), encoder=f"{tiny_hubert}:1")
    made = make_segmenter(own, own_encoder=tiny_hubert)
    made.save(tmp_path / "kept")
    (tmp_path / "kept").rename(tmp_path / "moved")
    again = load_segmenter(tmp_path / "moved")
    assert again.recipe.encoder == f"{tmp_path / 'moved' / 'encoder'}:1"
    assert again.segment(tone_speech[:2]) == made.segment(tone_speech[:2])


def test_what_cannot_be_heard_is_no_hindrance_to_fitting(tone_speech):
    silence = [Speech("nothing", tone_speech[0].samples[:10], 16000)]
    made = make_segmenter(recipe("gradseg"), [*silence, *tone_speech])
    expected = make_segmenter(recipe("gradseg"), tone_speech)
    assert made.segment(tone_speech[:3]) == expected.segment(tone_speech[:3])


def test_errors_name_the_next_step(make, tmp_path):
    with pytest.raises(UsageError, match=r"no segmenter 'magic' \(choose from gold, energy, uniform, prom"):
        make_segmenter(recipe("magic"))
    with pytest.raises(UsageError, match=r"'gold' cannot be made of settings \(give utterances with word"):
        make_segmenter(recipe("gold"))
    for method in TRAINED:
        with pytest.raises(UsageError, match=f"{method} needs a checkpoint .*--checkpoint FOLDER"):
            make_segmenter(recipe(method))
    with pytest.raises(UsageError, match="gradseg has to learn before it finds words"):
        make_unlearned(recipe("gradseg"))
    with pytest.raises(SegmentationError, match="gradseg: none of 0 utterances can be used to learn from"):
        make_segmenter(recipe("gradseg"))
    with pytest.raises(SegmentationError, match="layer 9 is asked for, counted from 0; the model has 2"):
        make("vg_hubert", layer=9)
    with pytest.raises(InputError, match="no segmenter can be read from it"):
        load_segmenter(tmp_path)


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"method": "magic"}', b"\xff"])
def test_a_damaged_description_is_named(make, tmp_path, damage):
    make("uniform").save(tmp_path)
    (tmp_path / "segmenter_config.json").write_bytes(damage)
    with pytest.raises(InputError, match="no segmenter can be read from it"):
        load_segmenter(tmp_path)


@pytest.mark.parametrize("method", ["gradseg", "eskmeans", "unit_words", "boundary_head", "vg_hubert"])
def test_what_was_learned_and_is_damaged_is_named(make, tmp_path, method):
    make(method).save(tmp_path)
    (weights,) = tmp_path.glob("learned/*.safetensors")
    weights.write_bytes(weights.read_bytes()[:50])
    with pytest.raises(SegmentationError, match=str(tmp_path / "learned")):
        load_segmenter(tmp_path)
