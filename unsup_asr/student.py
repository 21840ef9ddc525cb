"""A trained CTC student, ready to listen: recordings in, English text out, without segments."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from lm.arpa import Arpa, read_arpa, write_arpa
from lm.tensor_model import EntryLM
from segmenters.speech import Frames
from unsup_asr.data.output_units import OutputUnits
from unsup_asr.decoding.ctc_beam import CtcBeamConfig
from unsup_asr.decoding.long_speech import transcribe_frames
from unsup_asr.decoding.student_decoder import StudentDecoder
from unsup_asr.decoding.transcription import Transcription
from unsup_asr.encoders.log_mel import LogMelConfig
from unsup_asr.encoders.speech import SpeechEncoder, load_encoder, portable_name
from unsup_asr.errors import InputError
from unsup_asr.files import read_json, replacing, write_json, write_text
from unsup_asr.models.ctc_student import CtcStudent, CtcStudentConfig
from unsup_asr.reports.student_card import student_card
from unsup_asr.speech_to_text import Audio, waveform

FOLDER = "student"
CONFIG, WEIGHTS, UNITS, LM, CARD = (
    "config.json",
    "model.safetensors",
    "units.json",
    "lm.arpa.gz",
    "README.md",
)


@dataclass
class StudentModelConfig:
    """How a student listens and writes; what the weights themselves tell is not repeated here.

    Attributes:
        language: code of the spoken language.
        encoder: name of the speech encoder, as `load_encoder` takes it.
        log_mel: the log-mel encoder.
        network: sizes of the student.
        beam: how its outputs become text.
    """

    language: str
    encoder: str
    log_mel: LogMelConfig
    network: CtcStudentConfig
    beam: CtcBeamConfig


class Student:
    """Speech to English text.

    Args:
        config: how it listens and writes.
        units: what it writes words with.
        network: scores the units.
        arpa: the n-gram model over the units.
        encoder: the speech encoder.
        device: where network and language model compute.

    Attributes:
        decoder: what turns frames into text; `transcribe` writes what it writes.
    """

    def __init__(
        self,
        config: StudentModelConfig,
        units: OutputUnits,
        network: CtcStudent,
        arpa: Arpa,
        encoder: SpeechEncoder,
        device: str = "cpu",
    ) -> None:
        self.config, self.arpa, self.encoder, self.device = config, arpa, encoder, device
        lm = EntryLM.from_arpa(arpa, units.tokens).to(device)
        self.decoder = StudentDecoder(network.to(device).eval(), units, lm, config.beam)

    @classmethod
    def from_pretrained(cls, path: str | Path, device: str = "cpu") -> "Student":
        """Load a student.

        Args:
            path: the folder of a run that has one, or the `student` folder in it.
            device: where it computes.

        Raises:
            InputError: there is no student, or a file of it is damaged.
        """
        folder = student_folder(Path(path))
        if folder is None:
            remedy = "give the folder of a run that has trained a student (student.loop.updates)"
            raise InputError("there is no student", where=path, remedy=remedy)
        try:
            values = read_json(folder / CONFIG)
            config, units = _config(values), OutputUnits.read(folder / UNITS)
            network = _network(config, load_file(folder / WEIGHTS), values["hop"])
            arpa = read_arpa(folder / LM)
        except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
            fault = f"the student cannot be read: {type(error).__name__}: {error}"
            raise InputError(fault, where=folder, remedy="copy it again, or export it anew") from error
        return cls(config, units, network, arpa, load_encoder(config.encoder, config.log_mel, device), device)

    def save_pretrained(self, folder: str | Path, notes: str = "") -> None:
        """Write `config.json`, `model.safetensors`, `units.json`, `lm.arpa.gz` and the model card.

        Args:
            folder: is made; a student in it is replaced.
            notes: Markdown for the card: data, scores, licence.
        """
        folder, network, units = Path(folder), self.decoder.student, self.decoder.units
        # It goes first and comes last: a folder with a config.json holds a whole model.
        (folder / CONFIG).unlink(missing_ok=True)
        state = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
        with replacing(folder / WEIGHTS) as temporary:
            save_file(state, temporary, metadata={"format": "pt"})
        units.write(folder / UNITS)
        write_arpa(self.arpa, folder / LM)
        hashes = {name: sha256((folder / name).read_bytes()).hexdigest() for name in (WEIGHTS, UNITS, LM)}
        values = {
            **asdict(self.config),
            "encoder": portable_name(self.config.encoder),
            "hop": self.encoder.hop,
        }
        words = len(units.spellings)
        card = student_card(values, version("unsup-asr"), units.kind, len(units), words, hashes, notes)
        write_text(folder / CARD, card)
        write_json(folder / CONFIG, values)

    def transcribe(self, audio: Audio) -> Transcription:
        """Write down one recording.

        Args:
            audio: a file, or samples [n] at the encoder's rate (16 kHz), full scale ±1.

        Raises:
            InputError: the recording cannot be used.
        """
        return self.transcribe_all([audio])[0]

    def transcribe_all(self, audio: Sequence[Audio]) -> list[Transcription]:
        """Write down several recordings at once; see `transcribe`."""
        return transcribe_frames(self.decoder, [self.hear(each) for each in audio]) if audio else []

    def hear(self, audio: Audio) -> Frames:
        """The frames of one recording; raises as `transcribe` does."""
        name, samples = waveform(audio, self.encoder.rate)
        frames = self.encoder.encode(torch.from_numpy(samples))
        if not torch.isfinite(frames).all():
            raise InputError("the encoder's features are not finite", where=name, remedy="leave it out")
        return Frames(name, frames, self.encoder.hop, len(samples) / self.encoder.rate)


def student_folder(path: Path) -> Path | None:
    """The folder of the student itself, of a run or a student's folder; None where there is no student."""
    for folder in (path / FOLDER, path):
        if (folder / CONFIG).is_file() and (folder / UNITS).is_file():
            return folder
    return None


def _config(values: dict[str, Any]) -> StudentModelConfig:
    return StudentModelConfig(
        values["language"],
        values["encoder"],
        LogMelConfig(**values["log_mel"]),
        CtcStudentConfig(**values["network"]),
        CtcBeamConfig(**values["beam"]),
    )


def _network(config: StudentModelConfig, weights: dict[str, Tensor], hop: float) -> CtcStudent:
    """The network of saved weights, whose shapes tell its channels and units."""
    network = CtcStudent(config.network, len(weights["mean"]), hop, len(weights["tell.weight"]) - 1)
    network.load_state_dict(weights)
    return network
