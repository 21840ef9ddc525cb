"""Templates fitted to readings: on planted sounds the truth is known."""

from dataclasses import replace

import torch

from tests.unsup_asr.training.test_frame_words_training import (
    ENTRIES,
    SENTENCES,
    SPOKEN,
    TRUTH,
    as_words,
    heard,
    taught,
)
from unsup_asr.training.re_estimation import with_evidence
from unsup_asr.training.template_training import fitted_templates


def readings(told: list[list[int]]) -> torch.Tensor:
    return torch.tensor([word for sentence in told for word in sentence])


def test_templates_read_what_was_read_wrongly():
    """Word 1 was read as word 3 in the latter two places, and as itself in the first three."""
    told = [
        [3 if word == 1 and place > 2 else word for place, word in enumerate(sentence)]
        for sentence in SENTENCES[:40]
    ]
    assert sum(a != b for a, b in zip(readings(told), readings(SENTENCES[:40]), strict=True)) >= 5
    network = taught(TRUTH)
    spoken, frames = as_words(TRUTH[:40]), SPOKEN.utterances[:40]
    templates = fitted_templates(network.model, frames, spoken, readings(told))
    found = replace(network, model=templates).read(heard(range(40)))
    right = [a.entries.tolist() == b for a, b in zip(found, SENTENCES[:40], strict=True)]
    assert sum(right) >= 36


def test_what_frames_say_of_given_spans_names_their_words():
    network = taught(TRUTH)
    spoken = with_evidence(as_words(TRUTH[40:]), network, heard(range(40, 60)))
    rows = torch.arange(len(spoken.spans))
    assert spoken.evidence is not None
    assert (
        spoken.evidence.dense(rows)[:, 1:ENTRIES].argmax(dim=1).add(1).tolist()
        == readings(SENTENCES[40:]).tolist()
    )
