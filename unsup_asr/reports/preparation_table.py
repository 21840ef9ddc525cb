"""What was kept of a corpus and what was left out, in the terminal."""

from rich.table import Table

from unsup_asr.corpora.preparation import Preparation, PreparationRecord


def kept_table(record: PreparationRecord) -> Table:
    """Utterances and hours by split, how many recordings are of other rates, and how many captions there are."""
    table = Table(title=record.corpus, title_justify="left")
    for name in ("kept", "how many", "hours"):
        table.add_column(name, justify="left" if name == "kept" else "right")
    for split, count in record.kept.items():
        table.add_row(split, f"{count:,}", f"{record.hours[split]:,.2f}")
    for rate, count in record.other_rates.items():
        table.add_row(f"  at {int(rate):,} Hz, resampled on reading", f"{count:,}", "")
    table.add_section()
    table.add_row("captions", f"{record.captions:,}", "")
    return table


def left_out_table(preparation: Preparation) -> Table:
    """How much was left out for each reason, what is broken apart from what is only noted."""
    broken = {each.reason for each in preparation.left_out if each.broken}
    table = Table(title_justify="left")
    for name in ("left out", "how many", ""):
        table.add_column(name, justify="right" if name == "how many" else "left")
    for reason, count in preparation.reasons.items():
        table.add_row(reason, f"{count:,}", "broken" if reason in broken else "noted")
    return table
