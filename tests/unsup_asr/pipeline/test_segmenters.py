"""Every segmenter in the features of a run: fitted once to the training speech, known by all it depends on."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from segmenters.metrics.boundaries import boundary_scores
from segmenters.segmentation import read_segmentations
from unsup_asr.corpora.cache import Corpus, cache_folder
from unsup_asr.corpora.manifests import ManifestsConfig
from unsup_asr.data.audio import read_audio, write_audio
from unsup_asr.data.manifest import Utterance, write_manifest
from unsup_asr.encoders.clip import Clip
from unsup_asr.encoders.log_mel import LogMelConfig, LogMelEncoder
from unsup_asr.errors import InputError, UsageError
from unsup_asr.files import read_json, read_jsonl
from unsup_asr.pipeline import miniature_hubert, segmenters, vg_huberts
from unsup_asr.pipeline.config import RunConfig
from unsup_asr.pipeline.features import FeatureExtractor
from unsup_asr.segmentation.config import SegmentationConfig
from unsup_asr.segmentation.methods import GOLD, METHODS, RECOGNISED
from unsup_asr.training.boundary_training import DistillationConfig
from unsup_asr.training.grounded_hubert import GroundedHubertConfig
from unsup_asr.training.loop import LoopConfig
from unsup_asr.training.miniature_hubert import MiniatureHubertConfig

HUBERT = MiniatureHubertConfig(
    width=16, layers=2, heads=2, conv_dim=[8, 8, 16], positions=8, units=6, crop=0.4, batch=4,
    loop=LoopConfig(3, 2, 1),
)  # fmt: skip
GROUNDED = GroundedHubertConfig(joint_size=8, redrawn=1, batch=4, loop=LoopConfig(3, 2, 1))
SPLITS = ("train", "validation")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def clip(tiny_clip) -> Clip:
    return Clip.load(str(tiny_clip))


@pytest.fixture
def corpus(tmp_path, tone_speech) -> Corpus:
    """Every sentence of three tones in training, a third of them in validation; each third has a picture."""
    utterances = []
    for number, speech in enumerate(tone_speech):
        write_audio(tmp_path / f"{number}.wav", speech.samples, 16000)
        picture = tmp_path / f"{number // 3}.png"
        Image.new("RGB", (32, 32), (number * 9, 255 - number * 9, 80)).save(picture)
        audio = tmp_path / f"{number}.wav"
        utterances.append(Utterance(f"u{number}", audio, speech.duration, "en", image_filepath=picture))
    for split, chosen in zip(SPLITS, (utterances, utterances[::3]), strict=True):
        write_manifest(tmp_path / f"{split}.jsonl", chosen)
    return Corpus("manifests", tmp_path, "key")


@pytest.fixture
def extractor(corpus, clip):
    def make(segmenter: str, rate: float = 2.5, clip_key: str = "clip", **settings) -> FeatureExtractor:
        hubert, grounded = settings.pop("hubert", HUBERT), settings.pop("vg_hubert", GROUNDED)
        config = RunConfig(
            slots=3,
            segmenter=segmenter,
            segmentation=SegmentationConfig(**settings),
            hubert=hubert,
            vg_hubert=grounded,
            distillation=DistillationConfig(loop=LoopConfig(40, 20, 1)),
            data=ManifestsConfig(),
        )
        return FeatureExtractor(config, corpus, LogMelEncoder(LogMelConfig()), clip, clip_key, rate)

    return make


@pytest.mark.parametrize("method", [m for m in METHODS if m not in (GOLD, RECOGNISED)])
def test_features_are_cut_as_the_segmenter_cuts(extractor, method):
    made = extractor(method)
    split = made.split("validation")
    assert split.set_aside == () and len(split.words) == 9
    found = read_segmentations(split.segments)
    assert [item.id for item in found] == list(split.words.ids)
    assert {item.method for item in found} == {method}
    spans = [[span.start, span.end] for item in found for span in item.spans]
    torch.testing.assert_close(split.words.spans, torch.tensor(spans, dtype=torch.float64))
    segmenter = made.segmenters.named(method)
    assert segmenter.segment(made.segmenters.training_speech()[::3]) == found


def test_a_boundary_head_of_the_runs_own_comes_close_to_its_teacher(extractor):
    made = extractor("boundary_head", teacher="energy")
    head, teacher = made.segmenters.named("boundary_head"), made.segmenters.named("energy")
    speech = made.segmenters.training_speech()
    scores = boundary_scores(teacher.segment(speech), head.segment(speech), 0.05)
    assert scores.f1 > 60
    other = extractor("boundary_head", teacher="uniform").segmenters
    assert made.segmenters.key("boundary_head") != other.key("boundary_head")


def test_a_boundary_head_cannot_teach_itself(extractor):
    with pytest.raises(UsageError, match="learns from another"):
        extractor("boundary_head", teacher="boundary_head").split("train")


def test_a_segmenter_is_fitted_once(extractor, monkeypatch):
    first = extractor("gradseg").split("train")

    def refuse(*_: object) -> None:
        raise AssertionError("was fitted again")

    monkeypatch.setattr(segmenters, "make_segmenter", refuse)
    extractor("gradseg").split("validation")
    assert extractor("gradseg").split("train").segments == first.segments
    with pytest.raises(AssertionError, match="fitted again"):
        extractor("gradseg", rate=3.0).split("validation")


def test_keys_hold_what_matters_and_nothing_else(extractor, tmp_path):
    for method in ("gold", "energy", "uniform"):
        assert extractor(method, quantile=0.3, encoder="x").segmenters.key(method) is None
    longer = replace(HUBERT, loop=LoopConfig(9, 2, 1))
    changes = {
        "gradseg": ({"rate": 3.0}, {"encoder": "miniature_hubert"}, {"fit_on": 3}),
        "vg_hubert": (
            {"quantile": 0.3}, {"hubert": longer}, {"clip_key": "other"}, {"checkpoint": str(tmp_path)},
            {"vg_hubert": replace(GROUNDED, margin=2.0)},
        ),
    }  # fmt: skip
    for method, differing in changes.items():
        keys = [extractor(method, **change).segmenters.key(method) for change in ({}, {}, *differing)]
        assert keys[0] == keys[1] and len(set(keys)) == 1 + len(differing)
    plain, hubert = (extractor("gradseg", hubert=h).segmenters.key("gradseg") for h in (HUBERT, longer))
    assert plain == hubert
    named = [
        extractor("gradseg", encoder="miniature_hubert:1", hubert=h).segmenters.key("gradseg")
        for h in (HUBERT, longer)
    ]
    assert named[0] != named[1]


def test_a_mended_training_recording_is_fitted_to(extractor, corpus):
    before = extractor("gradseg").segmenters.key("gradseg")
    samples = read_audio(corpus.folder / "0.wav")
    write_audio(corpus.folder / "0.wav", samples[::-1].copy(), 16000)
    assert extractor("gradseg").segmenters.key("gradseg") != before


def test_another_checkpoint_is_another_segmenter(extractor, tiny_vg_hubert, tmp_path):
    import shutil

    folder = Path(shutil.copytree(tiny_vg_hubert, tmp_path / "vg"))
    before = extractor("vg_hubert", checkpoint=str(folder)).segmenters.key("vg_hubert")
    (folder / "config.json").write_text((folder / "config.json").read_text() + " ")
    assert extractor("vg_hubert", checkpoint=str(folder)).segmenters.key("vg_hubert") != before


def test_bad_recordings_are_set_aside_and_nobody_else(extractor, corpus):
    (corpus.folder / "0.wav").write_bytes(b"no sound")
    write_audio(corpus.folder / "3.wav", read_audio(corpus.folder / "3.wav")[:100], 16000)
    for method in ("energy", "gradseg", "vg_hubert"):
        split = extractor(method).split("validation")
        assert [item.id for item in split.set_aside] == ["u0", "u3"], method
        assert len(split.words) == 7 and "not readable as audio" in split.set_aside[0].reason


def test_speech_models_are_trained_once_and_shared(extractor, monkeypatch):
    one = extractor("vg_hubert").segmenters.named("vg_hubert")
    folders = [*(cache_folder() / "hubert").iterdir(), *(cache_folder() / "vg_hubert").iterdir()]
    assert len(folders) == 2
    for folder in folders:
        assert {row["step"] for row in read_jsonl(folder / "metrics.jsonl")} == {1, 2, 3}
        assert read_json(folder / "complete.json")["loop"]["updates"] == 3

    def refuse(*_: object) -> None:
        raise AssertionError("was trained again")

    for trained in (miniature_hubert, vg_huberts):
        monkeypatch.setattr(trained, "run_loop", refuse)
    again = extractor("vg_hubert", quantile=0.9).segmenters.named("vg_hubert")
    for name, value in one.learned.state_dict().items():
        assert torch.equal(again.learned.state_dict()[name], value)
    framed = extractor("prominence", encoder="miniature_hubert:1").segmenters.named("prominence")
    assert framed.own_encoder == folders[0] / "model" and framed.recipe.encoder.endswith("model:1")


def test_a_vg_hubert_may_look_through_a_vision_transformer(extractor, tiny_vit):
    made = extractor("vg_hubert", vg_hubert=replace(GROUNDED, vit=str(tiny_vit)))
    learned = made.segmenters.named("vg_hubert").learned
    assert learned.config.image_size == 16
    assert made.segmenters.key("vg_hubert") != extractor("vg_hubert").segmenters.key("vg_hubert")


def test_without_pictures_no_vg_hubert_is_trained(extractor, corpus):
    for path in corpus.folder.glob("*.png"):
        path.unlink()
    with pytest.raises(InputError, match=r"no training utterance has a picture \(give pictures, or segm"):
        extractor("vg_hubert").segmenters.named("vg_hubert")


def test_without_speech_nothing_is_trained(extractor, corpus):
    for path in corpus.folder.glob("*.wav"):
        path.write_bytes(b"")
    with pytest.raises(InputError, match=r"none of 27 utterances can be used; the first: .*0\.wav: is empty"):
        extractor("vg_hubert").segmenters.named("vg_hubert")
    with pytest.raises(ValueError, match="none of 0 utterances can be used to learn from"):
        extractor("gradseg").segmenters.named("gradseg")


@pytest.mark.parametrize(
    ("method", "fault"), [("magic", "no segmenter 'magic'"), ("recognised", "needs a checkpoint")]
)
def test_what_cannot_be_made_is_usage(extractor, method, fault):
    with pytest.raises(UsageError, match=fault):
        extractor(method).split("train")
