"""Tables as Markdown has them, and documents whose text is left alone."""

import pytest

from benchmarks.studies.page import mean_spread, table, write_figures
from unsup_asr.errors import InputError


def test_a_table():
    assert table(["", "WER %"], [["all", "4.0"]]) == "|  | WER % |\n| --- | --- |\n| all | 4.0 |"


def test_mean_and_sample_deviation_with_each():
    assert mean_spread([1.0, 2.0, 6.0]) == "3.0 ± 2.6 (1.0, 2.0, 6.0)"
    assert mean_spread([4.0]) == "4.0 (4.0)"
    assert mean_spread([4.0, None]) == "4.0 (4.0, –)"
    assert mean_spread([]) == mean_spread([None]) == "–"


def test_figures_are_replaced_and_text_stays(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Title\n\n<!-- figures: begin -->\nold\n<!-- figures: end -->\n\nText.\n")
    for figures in ("new", "newer"):
        write_figures(page, figures)
        kept = f"# Title\n\n<!-- figures: begin -->\n{figures}\n<!-- figures: end -->\n\nText.\n"
        assert page.read_text() == kept


@pytest.mark.parametrize("text", [None, "no marks", "<!-- figures: begin --> without an end"])
def test_a_page_without_a_place_is_refused(tmp_path, text):
    page = tmp_path / "page.md"
    if text is not None:
        page.write_text(text)
    with pytest.raises(InputError, match="no place for figures"):
        write_figures(page, "")
    assert not page.exists() or page.read_text() == text
