"""Words that are recognised are cut where they meet: on planted sounds the truth is known."""

from dataclasses import replace
from difflib import SequenceMatcher

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from segmenters.errors import SegmentationError
from segmenters.recognised.frame_words import FrameWords, FrameWordsConfig
from segmenters.recognised.heard import Heard
from segmenters.recognised.recogniser import Recogniser, RecognitionConfig
from segmenters.segmentation import Segmentation
from segmenters.speech import Frames
from tests.unsup_asr.planted_frames import HOP, planted_frames
from tests.unsup_asr.training.dense_targets import soft
from unsup_asr.data.spoken_words import SpokenWords, layout_of
from unsup_asr.training.frame_words_training import FrameImitation, FrameWordsTraining
from unsup_asr.training.loop import LoopConfig

ENTRIES = 6
SENTENCES = [
    torch.randint(1, ENTRIES, (5,), generator=torch.Generator().manual_seed(seed)).tolist()
    for seed in range(60)
]
SPOKEN, TRUTH = planted_frames(SENTENCES, ENTRIES)
FREE = torch.zeros(ENTRIES + 1, ENTRIES + 1)


def as_words(found: list[Segmentation]) -> SpokenWords:
    """Spans alone: what the frames learn from needs no pooled segments."""
    spans = torch.tensor([[s.start, s.end] for each in found for s in each.spans], dtype=torch.float64)
    layout = layout_of([len(each.spans) for each in found])
    ids = tuple(each.id for each in found)
    none = torch.empty(len(ids), 0)
    return SpokenWords(ids, torch.empty(len(spans), 0), layout, spans, none, torch.arange(len(ids)))


def taught(found: list[Segmentation], bonus: float = 0.0) -> Recogniser:
    """A recogniser that has seen the first forty utterances cut like this, with their words."""
    torch.manual_seed(0)
    channels = SPOKEN.utterances[0].values.shape[1]
    model = FrameWords(FrameWordsConfig(width=32, context=0.06), channels, HOP, ENTRIES)
    words = torch.tensor([word for sentence in SENTENCES[:40] for word in sentence])
    targets = torch.nn.functional.one_hot(words, ENTRIES).float()
    task = FrameImitation(
        FrameWordsTraining(batch=20, learning_rate=1e-2, loop=LoopConfig(60, 60, 60)),
        model,
        SPOKEN.utterances[:40],
        as_words(found[:40]),
        soft(targets),
        lambda frames: frames,
        seed=0,
    )
    for step in range(60):
        task.update(step)
    return Recogniser(
        RecognitionConfig(frame_scale=0.5), model.eval(), FREE, torch.full((len(FREE) - 1,), bonus)
    )


def heard(rows: range) -> list[Heard]:
    """Every second frame is a candidate, and every true boundary."""
    utterances = []
    for row in rows:
        frames, truth = SPOKEN.utterances[row], TRUTH[row]
        times = {round(t, 6) for t in np.arange(0, frames.duration, 2 * HOP)}
        times |= {round(span.start, 6) for span in truth.spans}
        utterances.append(Heard(frames, np.array([*sorted(times), frames.duration])))
    return utterances


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return taught(TRUTH)


def test_words_and_boundaries_of_unheard_utterances_are_found(recogniser):
    rows = range(40, 60)
    readings = recogniser.read(heard(rows))
    assert [reading.entries.tolist() for reading in readings] == [SENTENCES[row] for row in rows]
    for row, reading in zip(rows, readings, strict=True):
        starts = [span.start for span in TRUTH[row].spans]
        np.testing.assert_allclose(reading.spans[:, 0], starts, atol=1.5 * HOP)


def test_the_order_and_company_of_utterances_do_not_matter(recogniser):
    utterances = heard(range(40, 60))
    together = recogniser.read(utterances)
    alone = replace(recogniser, config=replace(recogniser.config, batch=1)).read(utterances[::-1])[::-1]
    for left, right in zip(together, alone, strict=True):
        assert left.entries.tolist() == right.entries.tolist()
        assert left.spans.tolist() == right.spans.tolist()


def test_a_long_recording_is_read_in_pieces(recogniser):
    """Twenty utterances in one: only words at the seams may differ, and what is read stays in order."""
    rows = range(40, 60)
    frames = torch.cat([SPOKEN.utterances[row].values for row in rows])
    offsets = np.cumsum([0.0, *(TRUTH[row].duration for row in rows)])
    places = [each.boundaries[:-1] + offset for each, offset in zip(heard(rows), offsets, strict=False)]
    whole = Heard(
        Frames("long", frames, HOP, float(offsets[-1])), np.append(np.concatenate(places), offsets[-1])
    )
    said = [word for row in rows for word in SENTENCES[row]]
    pieces = whole.pieces(3.0, recogniser.model.stride)
    assert len(pieces) == round(offsets[-1] / 3)
    assert sum(len(piece.heard.frames.values) for piece in pieces) == len(frames)
    in_pieces = replace(recogniser, config=replace(recogniser.config, piece=3.0))
    at_once = replace(recogniser, config=replace(recogniser.config, piece=1e9))
    for reader, wrong in ((at_once, 0), (in_pieces, len(pieces))):
        reading = reader.read([whole])[0]
        words = reading.entries.tolist()
        alike = sum(block.size for block in SequenceMatcher(None, said, words).get_matching_blocks())
        assert max(len(said), len(words)) - alike <= wrong
        assert (reading.spans[1:, 0] >= reading.spans[:-1, 1] - 1e-6).all()


def test_a_bonus_makes_words_more(recogniser):
    counts = [
        sum(
            len(reading.entries)
            for reading in replace(recogniser, bonuses=torch.full((len(FREE) - 1,), bonus)).read(
                heard(range(40, 60))
            )
        )
        for bonus in (-200.0, 0.0, 200.0)
    ]
    assert counts[0] < counts[1] < counts[2]


def test_hints_and_language_model_decide_what_frames_leave_open(recogniser):
    """Frames that say nothing: the hint or the bigram names the word."""
    deaf = replace(recogniser, config=replace(recogniser.config, frame_scale=0.0))
    hints = torch.zeros(1, ENTRIES)
    hints[0, 4] = 5.0
    assert set(deaf.read(heard(range(1)), hints)[0].entries.tolist()) == {4}
    follow = FREE.clone()
    follow[:, 2] = 3.0
    assert set(replace(deaf, transitions=follow).read(heard(range(1)))[0].entries.tolist()) == {2}


def test_what_was_saved_reads_the_same(recogniser, tmp_path):
    recogniser.save(tmp_path)
    again = Recogniser.load(tmp_path)
    assert again.config == recogniser.config
    for left, right in zip(recogniser.read(heard(range(5))), again.read(heard(range(5))), strict=True):
        assert torch.equal(left.entries, right.entries)
        assert torch.equal(left.spans, right.spans)


def test_a_damaged_recogniser_is_refused(recogniser, tmp_path):
    recogniser.save(tmp_path)
    path = tmp_path / "segmenter.safetensors"
    tensors = load_file(path)
    del tensors["model.prior"]
    save_file(tensors, path)
    with pytest.raises(SegmentationError, match="holds no recogniser"):
        Recogniser.load(tmp_path)
