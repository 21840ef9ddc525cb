"""What a checkpoint says of its encoder."""

from unsup_asr.encoders.fairseq.settings import read_settings, said


def test_a_setting_that_was_never_resolved_is_not_said() -> None:
    cfg = {"model": {"_name": "hubert", "heads": 3}, "task": {"normalize": "${model.normalize}"}}
    settings = read_settings({"cfg": cfg})
    assert settings.architecture == "hubert" and said(settings.encoder, "heads", int) == 3
    assert said(settings.task, "normalize", bool) is None


def test_the_fine_tunings_normalisation_comes_first() -> None:
    within = {"model": {"_name": "hubert"}, "task": {"normalize": False, "sample_rate": 8000}}
    cfg = {"model": {"_name": "hubert_ctc", "w2v_args": within}, "task": {"normalize": True}}
    settings = read_settings({"cfg": cfg})
    assert settings.architecture == "hubert"
    assert settings.task == {"normalize": True, "sample_rate": 8000}


def test_a_file_without_settings_has_empty_ones() -> None:
    settings = read_settings({"args": None, "cfg": None})
    assert (settings.encoder, settings.task, settings.architecture) == ({}, {}, "")
