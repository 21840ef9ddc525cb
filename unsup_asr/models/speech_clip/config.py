"""The SpeechCLIP family as one configuration: its kinds differ in three fields.

| kind | `parallel` | `keywords` | `feed_forward` | source |
|---|---|---|---|---|
| parallel | true | none | 4 | SpeechCLIP, Shih et al. 2022 |
| cascaded | false | cls | 0 | the same |
| hybrid: parallel and cascaded in one | true | cls | 0 | SpeechCLIP+, Wang et al. 2024 |
| cascaded+ | false | cif | 0 | the same |
| hybrid+ | true | cif | 0 | the same |
"""

from dataclasses import dataclass, field

from unsup_asr.errors import UsageError

NONE, CLS, CIF = "none", "cls", "cif"
FIXED, LEARNABLE, SCHEDULED = "fixed", "learnable", "scheduled"


@dataclass
class QuantiserConfig:
    """How a token is chosen for a keyword.

    Attributes:
        temperature: what the cosines are divided by; at the beginning, where it does not stay.
        kind: `fixed`, `learnable`, or `scheduled`: multiplied with `decay` at each update, down to `lowest`.
        decay, lowest: of the schedule.
        gumbel: whether the choice is drawn in training (Jang et al. 2017) instead of being the best.
    """

    temperature: float = 0.1
    kind: str = FIXED
    decay: float = 0.9995
    lowest: float = 0.05
    gumbel: bool = False


@dataclass
class SpeechClipConfig:
    """A model of the family.

    Attributes:
        parallel: whether a CLS vector stands for the whole utterance and is compared with pictures directly.
        keywords: where keywords come from: `cls`, so many CLS vectors; `cif`, as many stretches of frames as
            fire; `none`.
        count: CLS vectors that become keywords.
        heads: of the attention; its channels divide among them.
        feed_forward: channels of the feed-forward layer after it, in multiples of the encoder's; 0 for none.
        dropout: in the attention, the feed-forward layer and the projections.
        parallel_hidden, keyword_hidden: channels of a hidden layer in the projection to CLIP's space of each
            branch; 0 for none, 1,024 in the large models of SpeechCLIP+.
        normalise_states: whether each hidden state of the encoder is normalised before they are summed.
        batch_norm: whether keywords are given the mean and deviation of the token embeddings.
        firing_dropout: in what tells where keywords fire.
        seconds_per_keyword: how often keywords should fire.
        most: most keywords that fire, unless CLIP has fewer positions.
        quantiser: the choice of tokens.
    """

    parallel: bool = False
    keywords: str = CLS
    count: int = 8
    heads: int = 1
    feed_forward: int = 0
    dropout: float = 0.1
    parallel_hidden: int = 0
    keyword_hidden: int = 0
    normalise_states: bool = False
    batch_norm: bool = True
    firing_dropout: float = 0.5
    seconds_per_keyword: float = 0.4
    most: int = 75
    quantiser: QuantiserConfig = field(default_factory=QuantiserConfig)

    @property
    def vectors(self) -> int:
        """CLS vectors in all."""
        return int(self.parallel) + (self.count if self.keywords == CLS else 0)

    def check(self, channels: int, room: int) -> None:
        """Refuse what is no model.

        Args:
            channels: of the speech encoder.
            room: most tokens that CLIP reads between SOT and EOT.

        Raises:
            UsageError: a field has a value that it cannot have, or nothing is to be learned.
        """
        if self.keywords not in (NONE, CLS, CIF):
            fault = f"keywords come from {self.keywords!r}"
            raise UsageError(fault, where="model.keywords", remedy="choose none, cls or cif")
        if not self.parallel and self.keywords == NONE:
            raise UsageError("has neither branch", where="model", remedy="say model.parallel=true")
        if self.keywords == CLS and not 1 <= self.count <= room:
            remedy = f"give 1 to {room}, as this CLIP reads"
            raise UsageError(f"{self.count} keywords", where="model.count", remedy=remedy)
        if channels % self.heads:
            fault = f"{channels} channels of the speech encoder do not divide among {self.heads} heads"
            raise UsageError(fault, where="model.heads", remedy="give a divisor of them")
        if self.quantiser.kind not in (FIXED, LEARNABLE, SCHEDULED):
            fault = f"the temperature is {self.quantiser.kind!r}"
            remedy = "choose fixed, learnable or scheduled"
            raise UsageError(fault, where="model.quantiser.kind", remedy=remedy)
        if self.quantiser.temperature <= 0:
            fault = f"the temperature is {self.quantiser.temperature}"
            raise UsageError(fault, where="model.quantiser.temperature", remedy="give more than 0")
