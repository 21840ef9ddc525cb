"""Incidents are kept in their order and found again."""

import pytest

from unsup_asr.training.collapse import FEW_WORDS, ONE_WORD
from unsup_asr.training.guarded import Change
from unsup_asr.training.incidents import Incident, IncidentLog, read_incidents

FIRST = Incident("semantic", 1, 33, FEW_WORDS, {"null": 0.25}, ("a on a",), 20, Change(0.5), given_up=False)
SECOND = Incident("semantic", 1, 40, ONE_WORD, {"null": 0.5}, ("on", ""), 0, Change(0.5), given_up=True)
OTHER = Incident("adversarial", 0, 9, ONE_WORD, {}, (), 0, Change(0.5, 0.5, 1), given_up=False)


def test_a_log_is_read_as_it_was_written(tmp_path):
    log = IncidentLog(tmp_path / "incidents.jsonl")
    for incident in (FIRST, OTHER, SECOND):
        log.add(incident)
    again = IncidentLog(tmp_path / "incidents.jsonl")
    assert [str(incident) for incident in again.incidents] == [str(i) for i in (FIRST, OTHER, SECOND)]
    assert [incident.step for incident in again.of("semantic", 1)] == [33, 40]
    assert again.of("adversarial", 0)[0].change == OTHER.change
    assert again.has_given_up("semantic", 1)
    assert not again.has_given_up("adversarial", 0) and not again.has_given_up("semantic", 0)


def test_no_file_is_no_incident(tmp_path):
    assert read_incidents(tmp_path / "incidents.jsonl") == []


@pytest.mark.parametrize(
    ("incident", "said"),
    [
        (FIRST, "a few words at update 33; on from update 20, changed: n-gram terms x 0.5, their guards x 2"),
        (
            SECOND,
            "one word everywhere at update 40; on from the stage's beginning, given up: it goes on unwatched",
        ),
    ],
)
def test_an_incident_says_what_it_is(incident, said):
    assert str(incident) == said
