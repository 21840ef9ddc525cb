"""The model card of a CTC student."""

from typing import Any

_CARD = """\
---
language: "{language}"
library_name: unsup-asr
pipeline_tag: automatic-speech-recognition
---
# Speech to English text, without segments

Listens to speech (language code `{language}`) and writes English. It was learned by unsup-asr {version} from what
another model wrote down of its own training speech, which was learned from spoken descriptions of pictures and
from unrelated English captions. No transcript was used.

## Use

```python
from unsup_asr.student import Student

model = Student.from_pretrained("this/folder")
print(model.transcribe("speech.wav").text)
```

or `unsup-asr transcribe --model this/folder speech.wav`.

## What it needs

It listens through the encoder `{encoder}`; it needs no word boundaries. It writes {words} English words with
{units} units ({kind}), by a CTC prefix beam search with an n-gram model of the captions.

{notes}
## Files

| file | sha256 |
|---|---|
{hashes}
"""


def student_card(
    config: dict[str, Any],
    version: str,
    kind: str,
    units: int,
    words: int,
    hashes: dict[str, str],
    notes: str,
) -> str:
    """The card in Markdown, with the front matter that model hubs read.

    Args:
        config: the values of the model's `config.json`.
        version: of this software.
        kind: of the units.
        units: how many.
        words: size of the vocabulary.
        hashes: SHA-256 by file name.
        notes: Markdown on data, scores and licence.
    """
    return _CARD.format(
        language=config["language"],
        version=version,
        words=words,
        units=units,
        kind=kind,
        encoder=config["encoder"],
        notes=f"{notes.strip()}\n" if notes.strip() else "",
        hashes="\n".join(f"| `{name}` | `{digest}` |" for name, digest in hashes.items()),
    )
