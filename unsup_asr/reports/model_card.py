"""The model card: what a saved model is, where it comes from and how it is used."""

from typing import Any

_CARD = """\
---
language: "{language}"
library_name: unsup-asr
pipeline_tag: automatic-speech-recognition
---
# Speech to English text

Listens to speech (language code `{language}`) and writes English. It was learned by unsup-asr {version} from
spoken descriptions of pictures and from unrelated English captions, without a transcript.

## Use

```python
from unsup_asr.speech_to_text import SpeechToText

model = SpeechToText.from_pretrained("this/folder")
print(model.transcribe("speech.wav").text)
```

or `unsup-asr transcribe --model this/folder speech.wav`.

## What it needs

It can write {words} English words. It listens through the encoder `{encoder}`, word by word: {segments}

{notes}
## Files

| file | sha256 |
|---|---|
{hashes}
"""

_GOLD = """it was
trained on true word times, which speech of one's own does not come with. Unless `--segmenter` gives word times,
the method `{segmenter}` finds them, at a cost in errors."""

_FOUND = """words
are found by the method `{segmenter}`, as in training."""


def model_card(config: dict[str, Any], version: str, words: int, hashes: dict[str, str], notes: str) -> str:
    """The card in Markdown, with the front matter that model hubs read.

    Args:
        config: the values of the model's `config.json`.
        version: of this software.
        words: size of the vocabulary without null.
        hashes: SHA-256 by file name.
        notes: Markdown on data, scores and licence.
    """
    segments = _GOLD if config["trained_on_gold_times"] else _FOUND
    return _CARD.format(
        language=config["language"],
        version=version,
        words=words,
        encoder=config["encoder"],
        segments=segments.format(segmenter=config["segmenter"]),
        notes=f"{notes.strip()}\n" if notes.strip() else "",
        hashes="\n".join(f"| `{name}` | `{digest}` |" for name, digest in hashes.items()),
    )
