"""What a SpeechCLIP model makes of speech.

Shapes: B utterances, K keywords, W token width, E joint width, V tokens of the table.
"""

from dataclasses import dataclass

from torch import Tensor

from unsup_asr.models.speech_clip.firing import Fired


@dataclass(frozen=True)
class Keywords:
    """The keywords of utterances.

    Attributes:
        projected: [B, K, W], before BatchNorm.
        embeddings: [B, K, W], after it, before the choice of tokens; the same where there is none.
        mask: [B, K], true where a keyword stands.
        cosines: [B, K, V], of the embeddings and the tokens.
        choices: [B, K], rows of the token table.
        written: [B, K, W], embeddings of the chosen tokens, as CLIP's text encoder reads them.
    """

    projected: Tensor
    embeddings: Tensor
    mask: Tensor
    cosines: Tensor
    choices: Tensor
    written: Tensor


@dataclass(frozen=True)
class Grounded:
    """Speech in CLIP's joint space.

    Attributes:
        parallel: [B, E], unit length, of the CLS vector; None without that branch.
        cascaded: [B, E], unit length, of the keywords as CLIP's text encoder reads them; None without keywords.
        keywords: None without them.
        firing: what fired the keywords; None where CLS vectors look for them.
        wanted: [B], how many should fire.
    """

    parallel: Tensor | None = None
    cascaded: Tensor | None = None
    keywords: Keywords | None = None
    firing: Fired | None = None
    wanted: Tensor | None = None
