"""A student learns planted sounds, from their times and from what is said alone."""

from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest
import torch

from unsup_asr.data.output_units import CLIP_PIECES, OutputUnits
from unsup_asr.models.ctc_student import BLANK, CtcStudent, CtcStudentConfig
from unsup_asr.training.loop import LoopConfig, run_loop
from unsup_asr.training.masking import MaskingConfig
from unsup_asr.training.metrics import MetricsLog
from unsup_asr.training.spoken_text import SpokenText
from unsup_asr.training.student_training import CtcImitation, StudentConfig, at_speed, lessons

WORDS = ["", "one", "two", "thirteen"]
UNITS = OutputUnits(
    CLIP_PIECES, ("one</w>", "two</w>", "thir", "teen</w>"), {"one": (0,), "two": (1,), "thirteen": (2, 3)}
)
HOP, LONG, CHANNELS = 0.04, 0.4, 8
CONFIG = StudentConfig(
    network=CtcStudentConfig(hop=0.08, context=0.16, width=32, blocks=1, kernel=5, dropout=0.0),
    loop=LoopConfig(60, 20, 10),
    batch=8,
    learning_rate=1e-2,
    masking=MaskingConfig(1, 0.08, 1, 0.1),
)


def planted(count: int, seed: int = 0) -> tuple[list[torch.Tensor], list[SpokenText]]:
    """Some words an utterance, each unit a sound of its own."""
    generator = torch.Generator().manual_seed(seed)
    sounds = torch.randn(len(UNITS), CHANNELS, generator=torch.Generator().manual_seed(7))
    frames, texts = [], []
    for _ in range(count):
        length = int(torch.randint(1, 5, (), generator=generator))
        entries = torch.randint(1, len(WORDS), (length,), generator=generator)
        starts = LONG * torch.arange(length, dtype=torch.float64)
        each = round(LONG / HOP)
        heard = [
            sounds[unit].expand(each // len(spelling), -1)
            for entry in entries.tolist()
            for spelling in [UNITS.spellings[WORDS[entry]]]
            for unit in spelling
        ]
        noise = 0.1 * torch.randn(each * length, CHANNELS, generator=generator)
        frames.append(torch.cat(heard) + noise)
        texts.append(SpokenText(entries, torch.stack([starts, starts + LONG], dim=1), 0.9))
    return frames, texts


def new_student() -> CtcStudent:
    torch.manual_seed(0)
    return CtcStudent(CONFIG.network, CHANNELS, HOP, len(UNITS))


def taught(config: StudentConfig, folder: Path, updates: int | None = None) -> CtcStudent:
    student, (frames, texts) = new_student(), planted(40)
    learned = lessons(student, frames, texts, WORDS, UNITS)
    task = CtcImitation(config, student, learned, HOP, lambda heard: heard, 0)
    loop = config.loop if updates is None else replace(config.loop, updates=updates)
    run_loop(task, loop, folder / "checkpoints", MetricsLog(folder / "metrics.jsonl", "student"), 0)
    return student.eval()


def errors(student: CtcStudent) -> int:
    """Utterances that are read wrongly."""
    frames, texts = planted(20, seed=1)
    wrong = 0
    for heard, text in zip(frames, texts, strict=True):
        columns = student(heard[None], [len(heard)])[0].argmax(dim=-1).unique_consecutive()
        read = [unit - 1 for unit in columns.tolist() if unit != BLANK]
        # A word said twice may have been heard as one long one.
        wrong += _once(read) != _once(_said(text))
    return wrong


def _once(units: list[int]) -> list[int]:
    return [unit for unit, _ in groupby(units)]


def _said(text: SpokenText) -> list[int]:
    return [unit for entry in text.entries.tolist() for unit in UNITS.spellings[WORDS[entry]]]


def test_it_learns_from_times_and_then_from_what_is_said(tmp_path):
    assert errors(new_student().eval()) == 20
    assert errors(taught(CONFIG, tmp_path)) <= 1


def test_it_learns_from_what_is_said_alone(tmp_path):
    alone = replace(CONFIG, told=0.0, loop=LoopConfig(200, 200, 50))
    assert errors(taught(alone, tmp_path)) <= 2


def test_a_lesson_says_what_stands_at_each_output():
    student = new_student()
    spans = torch.tensor([[0.08, 0.24], [0.4, 0.72]], dtype=torch.float64)
    text = SpokenText(torch.tensor([1, 3]), spans, 0.7)
    (lesson,) = lessons(student, [torch.zeros(20, CHANNELS)], [text], WORDS, UNITS)
    assert lesson.places.tolist() == [0, 1, 1, 0, 0, 3, 3, 4, 4, 0]
    assert lesson.units.tolist() == [0, 2, 3] and lesson.weight == 0.7


@pytest.mark.parametrize("start", [0.0, 0.11, 1.1])
def test_a_word_that_ends_within_rounding_of_an_output_keeps_its_units(start: float):
    """The output lies before the word's end, and by the float32 of its time at the end."""
    student = new_student()
    frames = torch.zeros(1600, CHANNELS)
    middles = (torch.arange(student.outputs(len(frames))) + 0.5) * student.hop
    ends = [middle + 2e-7 for middle in middles.tolist() if middle > start]
    for end in ends:
        spans = torch.tensor([[start, end]], dtype=torch.float64)
        (lesson,) = lessons(student, [frames], [SpokenText(torch.tensor([3]), spans, 1.0)], WORDS, UNITS)
        assert lesson.places.max() == 4


def test_utterances_without_a_word_are_left_out():
    nothing = SpokenText(torch.empty(0, dtype=torch.long), torch.empty(0, 2, dtype=torch.float64), 0.0)
    frames, texts = planted(2)
    found = lessons(new_student(), [*frames, frames[0]], [texts[0], nothing, texts[1]], WORDS, UNITS)
    assert len(found) == 2


def test_text_too_long_for_its_speech_does_no_harm():
    student = new_student()
    spans = torch.tensor([[0.01 * k, 0.01 * (k + 1)] for k in range(8)], dtype=torch.float64)
    text = SpokenText(torch.ones(8, dtype=torch.long), spans, 1.0)
    frames, texts = planted(3)
    learned = lessons(student, [torch.zeros(4, CHANNELS), *frames], [text, *texts], WORDS, UNITS)
    task = CtcImitation(replace(CONFIG, told=0.0), student, learned, HOP, lambda heard: heard, 0)
    assert torch.isfinite(task.update(0)["student"])


def test_unsure_utterances_count_less():
    """With a confidence of nearly nothing for all but one, that one alone decides."""
    frames, texts = planted(8)
    quiet = replace(CONFIG, tempo=0.0, masking=MaskingConfig(0, 0.0, 0, 0.0))
    losses = []
    for others in (texts[1:], [replace(t, entries=t.entries % 3 + 1, confidence=1e-9) for t in texts[1:]]):
        student = new_student()
        sure = [texts[0], *(replace(t, confidence=1e-9) for t in others)]
        learned = lessons(student, frames, sure, WORDS, UNITS)
        task = CtcImitation(quiet, student, learned, HOP, lambda heard: heard, 0)
        losses.append(float(task.update(0)["student"]))
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)


def test_a_resumed_training_comes_to_the_same_weights(tmp_path):
    whole = taught(CONFIG, tmp_path / "whole").state_dict()
    taught(CONFIG, tmp_path / "cut", updates=40)
    resumed = taught(CONFIG, tmp_path / "cut").state_dict()
    # The rate depends on the configured length alone.
    assert all(torch.equal(value, resumed[name]) for name, value in whole.items())


def test_speech_is_made_faster_and_slower():
    frames = torch.arange(11.0)[None, :, None]
    assert at_speed(frames, 1.0).equal(frames)
    assert at_speed(frames, 2.0)[0, :, 0].tolist() == [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    slow = at_speed(frames, 0.5)[0, :, 0]
    assert slow.tolist() == [min(k / 2, 10.0) for k in range(22)]
