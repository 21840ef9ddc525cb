"""Any recipe, run by the pipeline of its kind."""

from pathlib import Path

from unsup_asr.pipeline.base_config import BaseConfig
from unsup_asr.pipeline.config import RunConfig
from unsup_asr.pipeline.outcome import RunOutcome
from unsup_asr.pipeline.run import run
from unsup_asr.pipeline.speech_clip import run_speech_clip
from unsup_asr.pipeline.speech_clip_config import SpeechClipRunConfig
from unsup_asr.pipeline.transfer import run_transfer
from unsup_asr.pipeline.transfer_config import TransferConfig


def run_any(config: BaseConfig, folder: Path) -> RunOutcome:
    """Run a configuration in its folder; what is complete is not done again.

    Args:
        config: of any kind.
        folder: the run folder; it belongs to this configuration.

    Raises:
        InputError: something given cannot be used.
    """
    if isinstance(config, SpeechClipRunConfig):
        return run_speech_clip(config, folder)
    if isinstance(config, TransferConfig):
        return run_transfer(config, folder)
    assert isinstance(config, RunConfig)
    return run(config, folder)
