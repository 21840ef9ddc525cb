"""Where hidden states come from in training: a cache, or the encoder itself, where it learns, too."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch
from torch import Tensor

from unsup_asr.data.audio import read_audio
from unsup_asr.data.manifest import Utterance
from unsup_asr.data.spoken_states import States, pad_states
from unsup_asr.encoders.feature_cache import FeatureCache
from unsup_asr.encoders.fine_tuned import FineTunedEncoder


@dataclass(frozen=True)
class CachedStates:
    """Hidden states that were computed before.

    Attributes:
        cache: holds them.
        keys: of the utterances, in the split's order.
        device: where they are wanted.
    """

    cache: FeatureCache
    keys: Sequence[str]
    device: str

    def on_disk(self) -> int:
        """Bytes of the cache, whatever recordings its features are of."""
        return sum(path.stat().st_size for path in self.cache.folder.rglob("*") if path.is_file())

    def states(self, rows: Tensor) -> States:
        """Those of the given rows [B]."""
        return pad_states(self.cache.read([self.keys[row] for row in rows.tolist()])).to(self.device)


@dataclass(frozen=True)
class HeardStates:
    """Hidden states of an encoder as it is now, gradients passing through.

    Attributes:
        encoder: hears the recordings.
        utterances: the split's.
        rate: samples per second that the encoder takes.
    """

    encoder: FineTunedEncoder
    utterances: Sequence[Utterance]
    rate: int

    def states(self, rows: Tensor) -> States:
        """Those of the given rows [B]."""
        with ThreadPoolExecutor(2) as threads:
            waveforms = list(threads.map(self._read, rows.tolist()))
        heard = self.encoder(waveforms)
        return States(heard.states, heard.lengths)

    def _read(self, row: int) -> Tensor:
        heard = self.utterances[row]
        return torch.from_numpy(read_audio(heard.audio_filepath, self.rate, heard.offset, heard.duration))
