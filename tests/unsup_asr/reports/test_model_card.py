"""The card says what the model is, in the front matter that model hubs read."""

import yaml

from unsup_asr.reports.model_card import model_card

CONFIG = {"language": "hi", "encoder": "log_mel", "segmenter": "energy", "trained_on_gold_times": True}
HASHES = {"model.safetensors": "ab" * 32, "lm.arpa.gz": "cd" * 32}


def card(notes: str = "", **changes: object) -> str:
    return model_card({**CONFIG, **changes}, "1.2.3", 421, HASHES, notes)


def test_the_front_matter_is_yaml():
    _, front, text = card().split("---\n", 2)
    assert yaml.safe_load(front) == {
        "language": "hi",
        "library_name": "unsup-asr",
        "pipeline_tag": "automatic-speech-recognition",
    }
    assert text.startswith("# ")


def test_everything_given_is_in_it():
    text = card(notes="\nTrained on **field recordings**.\n")
    for part in (
        "unsup-asr 1.2.3",
        "421 English words",
        "`log_mel`",
        "`hi`",
        "Trained on **field recordings**.",
    ):
        assert part in text
    assert all(f"| `{name}` | `{digest}` |" in text for name, digest in HASHES.items())
    assert "{" not in text and "}" not in text


def test_training_on_gold_times_is_owned_up_to():
    gold, found = card(), card(trained_on_gold_times=False)
    assert "trained on true word times" in gold
    assert "trained on true word times" not in found
    assert "`energy`" in gold and "`energy`" in found


def test_norwegian_is_no_boolean():
    assert yaml.safe_load(card(language="no").split("---\n")[1])["language"] == "no"
