"""A model of a language of tones: what it hears is known."""

import json
import shutil
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from transformers import HubertConfig, HubertModel, Wav2Vec2FeatureExtractor

from segmenters.errors import SegmentationError
from segmenters.segmentation import Segmentation
from unsup_asr.encoders.log_mel import LogMelConfig
from unsup_asr.encoders.speech import load_encoder
from unsup_asr.errors import InputError
from unsup_asr.files import read_json, write_json
from unsup_asr.models.generator import WordGenerator
from unsup_asr.segmentation.config import SegmentationConfig
from unsup_asr.segmentation.recipe import SegmenterRecipe
from unsup_asr.segmentation.speech_segmenter import make_segmenter
from unsup_asr.speech_to_text import CARD, CONFIG, LM, VOCABULARY, WEIGHTS, SpeechToText

SENTENCES = [["red", "dog", "big"], ["big", "big", "red"], ["dog", "dog", "dog"], ["red", "red", "dog"]]


@pytest.mark.parametrize("words", SENTENCES)
def test_it_writes_what_was_said_and_when(tone_model, say_tones, words):
    samples, segmentation = say_tones(words)
    heard = tone_model.transcribe(samples, segmentation)
    assert heard.text == " ".join(words)
    assert [word.word for word in heard.words] == words
    assert [(word.start, word.end) for word in heard.words] == [
        (pytest.approx(span.start), pytest.approx(span.end)) for span in segmentation.spans
    ]
    assert all(word.probability > 0.5 for word in heard.words)


@pytest.mark.parametrize("words", SENTENCES)
def test_without_word_times_its_own_segmenter_finds_the_words(tone_model, say_tones, words):
    assert tone_model.transcribe(say_tones(words)[0]).text == " ".join(words)


def test_files_and_samples_are_heard_alike(tone_model, write_tones, say_tones):
    words = ["red", "dog", "big"]
    path, (samples, segmentation) = write_tones(*words), say_tones(words)
    by_path, by_name = (tone_model.transcribe(name, segmentation) for name in (path, str(path)))
    assert by_path == by_name
    assert by_path.text == tone_model.transcribe(samples, segmentation).text


def test_together_they_are_heard_as_alone(tone_model, say_tones):
    said = [say_tones(words) for words in (*SENTENCES, ["big"])]
    audio, segmentations = [samples for samples, _ in said], [segmentation for _, segmentation in said]
    together = tone_model.transcribe_all(audio, segmentations)
    assert together == [tone_model.transcribe(*pair) for pair in said]


def test_where_no_word_lies_nothing_is_written(tone_model, say_tones):
    samples, segmentation = say_tones(["dog"])
    nothing = Segmentation("tones", segmentation.duration, (), "gold")
    heard = tone_model.transcribe_all([samples, samples], [nothing, segmentation])
    assert [item.text for item in heard] == ["", "dog"]
    assert heard[0].words == ()
    assert tone_model.transcribe(samples, nothing).text == ""
    assert tone_model.transcribe_all([]) == []


def test_a_saved_model_hears_the_same(tone_model, tone_run, say_tones):
    for path in (tone_run, str(tone_run / "model")):
        loaded = SpeechToText.from_pretrained(path)
        assert loaded.config == tone_model.config
        for words in SENTENCES:
            said = say_tones(words)
            assert loaded.transcribe(*said) == tone_model.transcribe(*said)


def test_saving_again_gives_the_same_bytes(tone_run, tmp_path):
    SpeechToText.from_pretrained(tone_run).save_pretrained(tmp_path)
    for name in (CONFIG, WEIGHTS, VOCABULARY, LM, CARD):
        assert (tmp_path / name).read_bytes() == (tone_run / "model" / name).read_bytes(), name


def test_the_card_says_what_the_model_is(tone_model, tmp_path):
    tone_model.save_pretrained(tmp_path, notes="## Data\n\nTones, CC0.")
    card = (tmp_path / CARD).read_text()
    assert card.startswith('---\nlanguage: "en"\n')
    for part in ("3 English words", "true word times", "`energy`", "Tones, CC0.", "| `lm.arpa.gz` |"):
        assert part in card


def test_a_transformers_encoder_goes_with_it(tone_model, say_tones, tmp_path, monkeypatch):
    torch.manual_seed(0)
    sizes = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16)
    conv = dict(conv_dim=(8,) * 7, num_conv_pos_embeddings=4, num_conv_pos_embedding_groups=2)
    HubertModel(HubertConfig(**sizes, **conv)).save_pretrained(tmp_path / "hubert")
    Wav2Vec2FeatureExtractor().save_pretrained(tmp_path / "hubert")
    monkeypatch.chdir(tmp_path)
    config = replace(tone_model.config, encoder="hubert:1")
    encoder = load_encoder(config.encoder, config.log_mel)
    old = tone_model.decoder.generator
    generator = WordGenerator(old.config, 17, config.slots, torch.randn(4, 8))
    model = SpeechToText(config, tone_model.decoder.vocabulary, generator, tone_model.arpa, encoder)
    model.save_pretrained("model")
    monkeypatch.chdir("/")
    loaded = SpeechToText.from_pretrained(tmp_path)
    assert loaded.config.encoder == f"{tmp_path.resolve() / 'hubert'}:1"
    said = say_tones(["red", "dog", "big"])
    assert loaded.transcribe(*said) == model.transcribe(*said)


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(InputError, match=r"there is no model: config\.json"):
        SpeechToText.from_pretrained(tmp_path)


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS, VOCABULARY, LM])
@pytest.mark.parametrize("how", ["cut", "gone"])
def test_damage_is_named(tone_run, tmp_path, name, how):
    folder = tmp_path / "run" / "model"
    shutil.copytree(tone_run / "model", folder)
    whole = (folder / name).read_bytes()
    if how == "cut":
        (folder / name).write_bytes(whole[: len(whole) // 2])
    else:
        (folder / name).unlink()
    with pytest.raises(InputError, match="model"):
        SpeechToText.from_pretrained(folder.parent)


def test_a_model_of_another_version_is_named(tone_run, tmp_path):
    shutil.copytree(tone_run / "model", tmp_path / "model")
    config = json.loads((tmp_path / "model" / CONFIG).read_text())
    (tmp_path / "model" / CONFIG).write_text(json.dumps({**config, "novelty": 1}))
    with pytest.raises(InputError, match="novelty"):
        SpeechToText.from_pretrained(tmp_path)


def test_the_segmentation_of_a_longer_recording_is_refused(tone_model, say_tones):
    samples, _ = say_tones(["red"])
    _, segmentation = say_tones(["red", "dog"])
    with pytest.raises(InputError, match=r"ends at 0\.8 s, the speech lasts 0\.55 s"):
        tone_model.transcribe(samples, segmentation)


@pytest.mark.parametrize(
    "samples", [np.zeros((2, 100), np.float32), np.zeros(0, np.float32), np.array([0.0, np.nan])]
)
def test_samples_that_are_none_are_refused(tone_model, samples):
    with pytest.raises(InputError, match="finite samples"):
        tone_model.transcribe(samples)


def test_too_short_for_its_segmenter(tone_model):
    with pytest.raises(SegmentationError):
        tone_model.transcribe(np.zeros(100, np.float32))


def test_the_configuration_repeats_nothing_that_the_generator_knows(tone_model, tone_run):
    saved = json.loads((tone_run / "model" / CONFIG).read_text())
    assert saved["generator"] == asdict(tone_model.decoder.generator.config)
    assert set(asdict(tone_model.config)) == set(saved) - {"generator", "use_null"}


def _with_segmenter(tone_model, segmenter) -> SpeechToText:
    config = replace(tone_model.config, segmenter=segmenter.recipe.method)
    parts = tone_model.decoder.vocabulary, tone_model.decoder.generator, tone_model.arpa, tone_model.encoder
    return SpeechToText(config, *parts, segmenter=segmenter)


@pytest.mark.parametrize("method", ["gradseg", "eskmeans", "prominence"])
def test_a_fitted_segmenter_is_kept_with_the_model(tone_model, tone_speech, tmp_path, method):
    recipe = SegmenterRecipe(method, 2.5, "log_mel", SegmentationConfig(), LogMelConfig())
    model = _with_segmenter(tone_model, make_segmenter(recipe, tone_speech))
    model.save_pretrained(tmp_path / "model")
    again = SpeechToText.from_pretrained(tmp_path / "model")
    samples = [speech.samples for speech in tone_speech[:4]]
    assert again.transcribe_all(samples) == model.transcribe_all(samples)
    words = model.transcribe(samples[1]).words
    found = model.segmenter.segment(tone_speech[1:2])[0].spans
    assert {(word.start, word.end) for word in words} <= {(span.start, span.end) for span in found}
    again.save_pretrained(tmp_path / "model")
    assert SpeechToText.from_pretrained(tmp_path / "model").transcribe_all(samples) == again.transcribe_all(
        samples
    )


def test_a_model_without_a_segmenters_folder_needs_a_method_that_learns_nothing(tone_model, tmp_path):
    tone_model.save_pretrained(tmp_path)
    assert not (tmp_path / "segmenter").exists()
    assert SpeechToText.from_pretrained(tmp_path).segmenter.recipe.method == "energy"
    values = read_json(tmp_path / "config.json")
    write_json(tmp_path / "config.json", {**values, "segmenter": "gradseg"})
    with pytest.raises(InputError, match="gradseg has to learn before it finds words"):
        SpeechToText.from_pretrained(tmp_path)
