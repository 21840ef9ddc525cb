"""A trained SpeechCLIP model with all that it stands on: speech in, places in CLIP's space and keywords out.

Shapes: B utterances, L hidden states a frame has, T frames, D channels of the speech encoder.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from unsup_asr.data.spoken_states import States, pad_states
from unsup_asr.encoders.clip import Clip
from unsup_asr.encoders.log_mel import LogMelConfig
from unsup_asr.encoders.speech import SpeechEncoder, load_encoder, portable_name
from unsup_asr.encoders.token_table import TokenTable
from unsup_asr.errors import InputError
from unsup_asr.files import read_json, replacing, write_json
from unsup_asr.models.speech_clip.config import QuantiserConfig, SpeechClipConfig
from unsup_asr.models.speech_clip.model import SpeechClip
from unsup_asr.models.speech_clip.outputs import Grounded

CONFIG, WEIGHTS, TOKENS = "config.json", "model.safetensors", "tokens.safetensors"
# Subfolders that hold an encoder or a CLIP of the model's own.
ENCODER, CLIP = "encoder", "clip"


@dataclass
class SpeechClipSettings:
    """How a model listens.

    Attributes:
        model: which of the family.
        encoder: the speech encoder's name or folder; `encoder` is the folder inside the model's own.
        clip: the same of CLIP.
        log_mel: the log-mel encoder.
        temperature: what cosines were divided by at the end of training.
    """

    model: SpeechClipConfig
    encoder: str
    clip: str
    log_mel: LogMelConfig
    temperature: float


class SpeechClipModel:
    """Speech to CLIP's space.

    Args:
        settings: how it listens.
        network: what was trained.
        tokens: what its keywords are chosen from.
        encoder: the speech encoder.
        clip: the CLIP.
    """

    def __init__(
        self,
        settings: SpeechClipSettings,
        network: SpeechClip,
        tokens: TokenTable,
        encoder: SpeechEncoder,
        clip: Clip,
    ) -> None:
        self.settings, self.network, self.tokens = settings, network.eval(), tokens
        self.encoder, self.clip = encoder, clip

    @classmethod
    def from_pretrained(cls, path: str | Path, device: str = "cpu") -> "SpeechClipModel":
        """Load a model.

        Args:
            path: a run folder, or the `model` folder in it, or what `import speechclip` wrote.
            device: where it computes.

        Raises:
            InputError: there is no model, a file of it is damaged, or its encoder or CLIP cannot be had.
        """
        folder = _model_folder(Path(path))
        try:
            values, weights = read_json(folder / CONFIG), load_file(folder / WEIGHTS)
            settings = _settings(values)
        except (OSError, ValueError, TypeError, KeyError, SafetensorError) as error:
            raise _unreadable(folder, error) from error
        tokens = TokenTable.read(folder / TOKENS)
        encoder = load_encoder(_inside(folder, settings.encoder, ENCODER), settings.log_mel, device)
        clip = Clip.load(_inside(folder, settings.clip, CLIP), device)
        try:
            network = new_network(settings.model, encoder, tokens, clip)
            network.load_state_dict(weights)
        except (RuntimeError, ValueError) as error:
            raise _unreadable(folder, error) from error
        return cls(settings, network.to(device), tokens.to(device), encoder, clip)

    def save_pretrained(self, folder: str | Path) -> None:
        """Write `config.json`, `model.safetensors` and `tokens.safetensors`.

        Its encoder and CLIP are named there, not copied.

        Args:
            folder: is made; a model in it is replaced.
        """
        folder = Path(folder)
        # It goes first and comes last: a folder with a config.json holds a whole model.
        (folder / CONFIG).unlink(missing_ok=True)
        self.tokens.write(folder / TOKENS)
        state = {name: value.detach().cpu().contiguous() for name, value in self.network.state_dict().items()}
        with replacing(folder / WEIGHTS) as temporary:
            save_file(state, temporary, metadata={"format": "pt"})
        names = {"encoder": (self.settings.encoder, ENCODER), "clip": (self.settings.clip, CLIP)}
        portable = {key: name if name == own else portable_name(name) for key, (name, own) in names.items()}
        write_json(folder / CONFIG, {**asdict(self.settings), **portable})

    def embed(self, waveforms: Sequence[Tensor]) -> Grounded:
        """Recordings in CLIP's space, with their keywords.

        Args:
            waveforms: [n] each, at the encoder's rate, full scale ±1.
        """
        states = self._states(waveforms)
        with torch.no_grad():
            grounded: Grounded = self.network(states.values, states.lengths, self.clip)
        return grounded

    def hidden_states(self, waveforms: Sequence[Tensor]) -> tuple[list[Tensor], Tensor]:
        """Every layer of frames, for other tasks to build on.

        Args:
            waveforms: as `embed` takes them.

        Returns:
            The speech encoder's hidden states, their weighted sum and the output of the attention block,
            [B, T, D] each, and the frames of each recording, [B].
        """
        states = self._states(waveforms)
        with torch.no_grad():
            own = self.network.hidden_states(states.values, states.lengths)
        return [*states.values.unbind(dim=1), *own], states.lengths

    def _states(self, waveforms: Sequence[Tensor]) -> States:
        return pad_states(self.encoder.encode_states(waveforms)).to(self.network.token_embeddings.device)


def new_network(
    config: SpeechClipConfig, encoder: SpeechEncoder, tokens: TokenTable, clip: Clip
) -> SpeechClip:
    """The network of a configuration as it is before any learning; torch's random state decides its weights.

    Raises:
        UsageError: the configuration is of no model, or does not fit encoder and CLIP.
    """
    room = clip.context_length - 2
    return SpeechClip(
        config, encoder.states, encoder.channels, encoder.hop, tokens.embeddings.cpu(), clip.width, room
    )


def _model_folder(path: Path) -> Path:
    for folder in (path, path / "model"):
        if (folder / TOKENS).is_file() and (folder / CONFIG).is_file():
            return folder
    raise InputError(
        f"there is no SpeechCLIP model: {CONFIG} and {TOKENS} are neither in it nor in its folder model",
        where=path,
        remedy="give the folder of such a run that has finished, or what import speechclip wrote",
    )


def _inside(folder: Path, name: str, own: str) -> str:
    """The encoder or CLIP of a name: that of the model's own folder, where it is in there."""
    return str(folder / own) if name == own else name


def _settings(values: dict[str, Any]) -> SpeechClipSettings:
    model = dict(values["model"])
    quantiser = QuantiserConfig(**model.pop("quantiser"))
    parts = {
        "model": SpeechClipConfig(**model, quantiser=quantiser),
        "log_mel": LogMelConfig(**values["log_mel"]),
    }
    return SpeechClipSettings(**{**values, **parts})


def _unreadable(folder: Path, error: Exception) -> InputError:
    fault = f"the model cannot be read: {type(error).__name__}: {' '.join(str(error).split())[:300]}"
    return InputError(fault, where=folder, remedy="copy it again, or export it anew")
