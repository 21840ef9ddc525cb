"""How speech became English, part by part, beside what needs no speech: rows of a table."""

from dataclasses import dataclass

from unsup_asr.evaluation.reference_agreement import ReferenceAgreement
from unsup_asr.evaluation.translation_stages import Control, TranslationFigures, TranslationStage
from unsup_asr.reports.scores import figure


@dataclass(frozen=True, slots=True)
class TranslationRow:
    """A line of the table, ready to print; `kind` is `stage` or `end`, as in the table from chance to topline."""

    name: str
    kind: str
    bleu: str
    chrf: str = figure(None)
    content_f1: str = figure(None)
    chance_bleu: str = figure(None)
    invented: str = figure(None)


def translation_rows(figures: TranslationFigures) -> list[TranslationRow]:
    """Controls and stages; what was not measured is left out."""
    rows = [
        _control("words drawn by frequency", figures.unigram),
        _control("the caption nearest to the picture, by CLIP", figures.nearest_caption),
        *map(_stage, figures.stages),
        _control("right words in the order of speech", figures.source_order),
        _agreement(figures.agreement),
    ]
    return [row for row in rows if row is not None]


def _stage(stage: TranslationStage) -> TranslationRow:
    return TranslationRow(
        stage.stage,
        "stage",
        bleu=figure(stage.bleu),
        chrf=figure(stage.chrf),
        content_f1=figure(stage.content_f1),
        chance_bleu=figure(stage.chance_bleu),
        invented=figure(stage.invented, 2),
    )


def _control(name: str, control: Control | None) -> TranslationRow | None:
    return (
        None if control is None else TranslationRow(name, "end", figure(control.bleu), figure(control.chrf))
    )


def _agreement(agreement: ReferenceAgreement | None) -> TranslationRow | None:
    if agreement is None:
        return None
    return TranslationRow("a reference beside the others", "end", figure(agreement.leave_one_out_bleu))
