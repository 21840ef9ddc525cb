"""From random words to what people wrote: every figure in its place, none where nothing was measured."""

from unsup_asr.evaluation.reference_agreement import ReferenceAgreement
from unsup_asr.evaluation.translation_stages import Control, TranslationFigures, TranslationStage
from unsup_asr.reports.translation import translation_rows

STAGES = (
    TranslationStage("self_training", 38.6, 61.2, 80.1, 7.1, 0.0),
    TranslationStage("reordered", 75.1, 83.3, None, 7.6, 0.06),
)
AGREEMENT = ReferenceAgreement(400, 4, 6, 65.6, 51.7, "nrefs:5")


def test_controls_stand_about_the_stages():
    figures = TranslationFigures(
        STAGES, Control(0.4, 20.0), Control(12.0, 40.0), Control(42.7, 70.0), AGREEMENT
    )
    rows = [
        (r.kind, r.bleu, r.chrf, r.content_f1, r.chance_bleu, r.invented) for r in translation_rows(figures)
    ]
    assert rows == [
        ("end", "0.4", "20.0", "–", "–", "–"),
        ("end", "12.0", "40.0", "–", "–", "–"),
        ("stage", "38.6", "61.2", "80.1", "7.1", "0.00"),
        ("stage", "75.1", "83.3", "–", "7.6", "0.06"),
        ("end", "42.7", "70.0", "–", "–", "–"),
        ("end", "65.6", "–", "–", "–", "–"),
    ]


def test_what_was_not_measured_has_no_row():
    assert [row.name for row in translation_rows(TranslationFigures(STAGES))] == [
        "self_training",
        "reordered",
    ]
