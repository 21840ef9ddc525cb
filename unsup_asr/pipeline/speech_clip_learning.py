"""Learning a SpeechCLIP model, and choosing its best moment by the pictures of validation speech."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from unsup_asr import parallel
from unsup_asr.encoders.clip import Clip
from unsup_asr.encoders.fine_tuned import FineTunedEncoder
from unsup_asr.encoders.speech import SpeechEncoder
from unsup_asr.encoders.state_sources import CachedStates, HeardStates
from unsup_asr.encoders.token_table import TokenTable
from unsup_asr.encoders.transformers_speech import TransformersSpeechEncoder
from unsup_asr.errors import UsageError
from unsup_asr.evaluation.embedded_speech import embed_speech
from unsup_asr.evaluation.retrieval import RetrievalScores
from unsup_asr.files import read_jsonl, write_jsonl
from unsup_asr.pipeline.speech_clip_config import SpeechClipRunConfig
from unsup_asr.pipeline.spoken_states import HeardSplit
from unsup_asr.progress import LOGGER, progress
from unsup_asr.speech_clip import new_network
from unsup_asr.training.checkpoint import checkpoints, load_modules, save_checkpoint
from unsup_asr.training.loop import run_loop
from unsup_asr.training.metrics import MetricsLog
from unsup_asr.training.speech_clip_training import SpeechClipTask

STAGE = "speech_clip"


@dataclass(frozen=True)
class Moment:
    """The model after so many updates, as validation speech and its pictures judge it; no text is read.

    Attributes:
        step: updates done.
        score: mean recall at 1, 5 and 10, of both directions and all branches.
        recall: mean recall at 1 of both directions, by branch.
        chosen: whether it is the best so far.
    """

    step: int
    score: float
    recall: dict[str, float]
    chosen: bool = False


class SpeechClipLearner:
    """Trains and judges in turn; what is done is not done again.

    Args:
        config: the run.
        folder: the run folder.
        encoder: the speech encoder.
        clip: frozen.
        tokens: what keywords are chosen from.
        train: speech to learn from.
        validation: speech to choose by.
    """

    def __init__(
        self,
        config: SpeechClipRunConfig,
        folder: Path,
        encoder: SpeechEncoder,
        clip: Clip,
        tokens: TokenTable,
        train: HeardSplit,
        validation: HeardSplit,
    ) -> None:
        self.config, self.folder, self.clip, self.tokens = config, folder, clip, tokens
        self.encoder, self.validation = encoder, validation
        torch.manual_seed(config.seed)
        model = new_network(config.model, encoder, tokens, clip).to(config.device)
        self.fine_tuned = self._fine_tuned()
        self.task = SpeechClipTask(
            config.training,
            model,
            self.heard(train).spoken,
            clip,
            tokens.pieces,
            config.seed,
            self.fine_tuned,
        )
        self._log = folder / "selection.jsonl"
        self.moments = [Moment(**row) for row in read_jsonl(self._log)] if self._log.exists() else []

    def learn(self) -> None:
        """All updates; leaves the model as it was at its best moment."""
        loop, folder = self.config.training.loop, self.folder / "checkpoints"
        metrics = MetricsLog(self.folder / "metrics.jsonl", STAGE)
        self._say_memory()
        ends = [*range(loop.checkpoint_every, loop.updates, loop.checkpoint_every), loop.updates]
        with progress("SpeechCLIP", loop.updates) as report:
            for end in ends:
                if end not in {moment.step for moment in self.moments}:
                    until = replace(loop, updates=end)
                    run_loop(self.task, until, folder / STAGE, metrics, self.config.seed, report)
                    self._judge(end, folder / "best")
        parallel.wait()
        load_modules(checkpoints(folder / "best")[-1], self.task.modules)

    def heard(self, split: HeardSplit) -> HeardSplit:
        """A split as the encoder of this run hears it: where it learns, the cache's states are not its own."""
        if self.fine_tuned is None:
            return split
        source = HeardStates(self.fine_tuned, split.utterances, self.encoder.rate)
        return replace(split, spoken=replace(split.spoken, source=source))

    def _say_memory(self) -> None:
        if len(self.moments) == 0:
            source = self.task.spoken.source
            needed = self.task.memory(source.on_disk() if isinstance(source, CachedStates) else 0)
            LOGGER.info("SpeechCLIP needs %s", needed)

    def _fine_tuned(self) -> FineTunedEncoder | None:
        if not self.config.training.fine_tuned:
            return None
        if not isinstance(self.encoder, TransformersSpeechEncoder):
            fault = f"{self.config.encoder} has no layers that could learn"
            raise UsageError(fault, where="training.fine_tuned", remedy="say 0, or name another encoder")
        return FineTunedEncoder(self.encoder, self.config.training.fine_tuned).to(self.config.device)

    def _judge(self, step: int, best: Path) -> None:
        """Write down how good the model is now; the best is kept."""
        spoken = self.heard(self.validation).spoken
        scores = embed_speech(self.task.model, spoken, self.clip).retrieval()
        found = Moment(step, _score(scores), {name: each.mean.at_1 for name, each in scores.items()})
        found = replace(found, chosen=all(found.score > moment.score for moment in self.moments))
        if found.chosen:
            if parallel.is_first():
                save_checkpoint(best, step, self.task.modules, {})
            self.moments = [replace(moment, chosen=False) for moment in self.moments]
        self.moments.append(found)
        if parallel.is_first():
            write_jsonl(self._log, [asdict(moment) for moment in self.moments])
        said = ", ".join(f"{name} {recall:.1f} %" for name, recall in found.recall.items())
        LOGGER.info("SpeechCLIP after %d updates: R@1 %s", step, said)


def _score(scores: dict[str, RetrievalScores]) -> float:
    recalls: list[float] = [r for each in scores.values() for r in asdict(each.mean).values()]
    return sum(recalls) / len(recalls)
