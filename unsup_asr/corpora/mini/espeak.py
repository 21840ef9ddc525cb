"""The espeak-ng engine in a process of its own: `python -m unsup_asr.corpora.mini.espeak`.

espeak-ng is GPL-3, so nothing else imports this module; `unsup_asr.corpora.mini.speech` starts it as a
program and talks to it over pipes. A request is one line of JSON, `{"words", "voice", "rate", "pitch"}`;
an answer is one line of JSON and then the samples, 16-bit integers in native byte order:

- `samples`: how many there are; `sample_rate`: in Hz;
- `events`: the engine's marks in order, `{"position", "sample"}` for a word, the position being that of its
  first character in the text (the words joined by single spaces), and `{"mnemonic", "sample"}` for a phoneme;
- `alone`: for each word the mnemonics of its phonemes when it is said alone.

The engine carries its state (phase of the voice, flutter, noise) from one utterance to the next, so each
request is answered by a fork that has said nothing before: equal requests have equal answers.
"""

import ctypes
import json
import os
import sys
from collections.abc import Iterator
from itertools import count, takewhile
from pathlib import Path
from typing import Any, BinaryIO

import espeakng_loader

# From espeak-ng's speak_lib.h.
_SYNCHRONOUS = 2
_PHONEME_EVENTS, _DO_NOT_EXIT = 0x0001, 0x8000
_UTF8 = 1
_POSITION_IN_CHARACTERS = 1
_RATE, _VOLUME, _PITCH = 1, 2, 3
_END_OF_EVENTS, _WORD, _PHONEME = 0, 1, 7

# Percent of the engine's own loudness, at which some voices clip.
_LEVEL = 70
_SEED = 1

_STRESS_MARKS = "',%=|"
_SEPARATOR = b"_"


class _Identity(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Identity),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class Engine:
    """espeak-ng, loaded and ready to speak one utterance.

    Raises:
        OSError: the library cannot be loaded, or its data cannot be read.
    """

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self._library.espeak_Synth.argtypes = (
            *(ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int),
            *(ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p),
        )
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self._data = Path(espeakng_loader.get_data_path())
        self.sample_rate: int = self._library.espeak_Initialize(
            _SYNCHRONOUS, 0, os.fsencode(self._data), _PHONEME_EVENTS | _DO_NOT_EXIT
        )
        if self.sample_rate <= 0:
            raise OSError(f"espeak-ng cannot read its data in {self._data}")
        # Breath is noise, which would otherwise be drawn anew by each process.
        self._library.espeak_ng_SetRandSeed(ctypes.c_long(_SEED))
        self._audio = bytearray()
        self._events: list[dict[str, Any]] = []
        self._callback = _Callback(self._collect)
        self._library.espeak_SetSynthCallback(self._callback)

    def answer(self, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """The header and the samples that answer one request (both described above)."""
        engine, text = self._library, " ".join(request["words"])
        encoded = text.encode()
        self._choose(request["voice"])
        _check(engine.espeak_SetParameter(_VOLUME, _LEVEL, 0), f"volume {_LEVEL}")
        _check(engine.espeak_SetParameter(_RATE, request["rate"], 0), f"rate {request['rate']}")
        _check(engine.espeak_SetParameter(_PITCH, request["pitch"], 0), f"pitch {request['pitch']}")
        status = engine.espeak_Synth(
            encoded, len(encoded) + 1, 0, _POSITION_IN_CHARACTERS, 0, _UTF8, None, None
        )
        _check(status, f"text {text!r}")
        header = {
            "samples": len(self._audio) // 2,
            "sample_rate": self.sample_rate,
            "events": self._events,
            "alone": [self._said_alone(word) for word in request["words"]],
        }
        return header, bytes(self._audio)

    def _choose(self, voice: str) -> None:
        """Set the voice; the engine itself would pass over a variant that it does not have."""
        variant = voice.partition("+")[2]
        unknown = variant and not (self._data / "voices" / "!v" / variant).is_file()
        _check(-1 if unknown else self._library.espeak_SetVoiceByName(voice.encode()), f"voice {voice}")

    def _collect(self, samples: Any, length: int, events: Any) -> int:
        """Keep one block of sound and its events; the engine counts text positions from 1."""
        if samples and length:
            self._audio += ctypes.string_at(samples, 2 * length)
        for event in _until_end(events):
            if event.type == _WORD:
                self._events.append({"position": event.text_position - 1, "sample": event.sample})
            elif event.type == _PHONEME:
                self._events.append({"mnemonic": _mnemonic(event.id.string), "sample": event.sample})
        return 0

    def _said_alone(self, word: str) -> list[str]:
        text = ctypes.c_char_p(word.encode())
        mode = ord(_SEPARATOR) << 8
        spoken: bytes = self._library.espeak_TextToPhonemes(ctypes.byref(text), _UTF8, mode)
        parts = spoken.replace(b" ", _SEPARATOR).split(_SEPARATOR)
        return [_mnemonic(part) for part in parts if _mnemonic(part)]


def _check(status: int, what: str) -> None:
    if status != 0:
        raise ValueError(f"espeak-ng refuses the {what} (status {status})")


def _mnemonic(name: bytes) -> str:
    return name.decode().strip(_STRESS_MARKS)


def _until_end(events: Any) -> Iterator[_Event]:
    return takewhile(lambda event: event.type != _END_OF_EVENTS, (events[index] for index in count()))


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer every request, each in a fork of this process; end at the first that fails."""
    engine = Engine()
    for line in requests:
        child = os.fork()
        if child == 0:
            _answer_and_exit(engine, line, answers)
        _, status = os.waitpid(child, 0)
        if status != 0:
            sys.exit(1)


def _answer_and_exit(engine: Engine, line: bytes, answers: BinaryIO) -> None:
    try:
        header, samples = engine.answer(json.loads(line))
        answers.write(json.dumps(header).encode() + b"\n" + samples)
        answers.flush()
    except BaseException:
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
