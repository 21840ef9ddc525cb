"""Any recipe, run by the pipeline of its kind."""

from pathlib import Path

from unsup_asr.pipeline.common_config import CommonConfig
from unsup_asr.pipeline.config import RunConfig
from unsup_asr.pipeline.run import RunOutcome, run
from unsup_asr.pipeline.speech_clip import run_speech_clip
from unsup_asr.pipeline.speech_clip_config import SpeechClipRunConfig


def run_any(config: CommonConfig, folder: Path) -> RunOutcome:
    """Run a configuration in its folder; what is complete is not done again.

    Args:
        config: of either kind.
        folder: the run folder; it belongs to this configuration.

    Raises:
        InputError: something given cannot be used.
    """
    if isinstance(config, SpeechClipRunConfig):
        return run_speech_clip(config, folder)
    assert isinstance(config, RunConfig)
    return run(config, folder)
