"""The page of a run of either kind."""

from pathlib import Path

from unsup_asr.reports.page import write_report
from unsup_asr.reports.speech_clip_page import write_speech_clip_report
from unsup_asr.reports.speech_clip_run import is_speech_clip_run


def write_page(run: Path) -> Path:
    """Write `report.html` into a run folder, from whatever is there, and return its path.

    Raises:
        InputError: the folder does not exist, or a file in it, or one that it names, is damaged.
    """
    return write_speech_clip_report(run) if is_speech_clip_run(run) else write_report(run)
