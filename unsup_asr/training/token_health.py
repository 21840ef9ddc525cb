"""How varied the chosen tokens are, and when they collapse onto a few."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from unsup_asr.models.speech_clip.outputs import Keywords
from unsup_asr.progress import LOGGER
from unsup_asr.training.usage import usage

# A token that this share of all keywords chooses has swallowed the others; no word is so frequent in captions.
_COLLAPSED = 0.5
# Updates in a row before it is said: at the beginning, choices jump about.
_PATIENCE = 20
_REMEDIES = (
    "usual remedies: model.batch_norm=true, a larger training.batch, a lower training.learning_rate,"
    " a higher model.quantiser.temperature, or model.quantiser.gumbel=true"
)


@dataclass(frozen=True)
class TokenHealth:
    """The choices of a batch.

    Attributes:
        code_perplexity: exp of the entropy of the chosen tokens' frequencies: how many are in use.
        token_entropy: nats, mean entropy of the softmax from which a keyword's token is chosen.
        top_token_share: share of the keywords that chose the most frequent token.
        top_token: its row in the token table.
    """

    code_perplexity: Tensor
    token_entropy: Tensor
    top_token_share: Tensor
    top_token: int

    def logged(self) -> dict[str, Tensor]:
        """The figures by name."""
        return {
            "code_perplexity": self.code_perplexity,
            "token_entropy": self.token_entropy,
            "top_token_share": self.top_token_share,
        }


@dataclass(frozen=True)
class TokenChoices:
    """The tokens of some keywords, n in all.

    Attributes:
        rows: [n], of the token table.
        entropies: [n], nats, of the softmax from which each was chosen.
        size: rows that the table has.
    """

    rows: Tensor
    entropies: Tensor
    size: int


@torch.no_grad()
def token_choices(keywords: Keywords, temperature: Tensor) -> TokenChoices:
    """What keywords chose.

    Args:
        keywords: of a batch, or a part of it.
        temperature: what their cosines are divided by.
    """
    log_probabilities = (keywords.cosines[keywords.mask] / temperature).log_softmax(dim=-1)
    entropies = -(log_probabilities.exp() * log_probabilities).sum(dim=-1)
    return TokenChoices(keywords.choices[keywords.mask], entropies, keywords.cosines.shape[-1])


@torch.no_grad()
def token_health(parts: Sequence[TokenChoices]) -> TokenHealth:
    """The health of a batch's keywords, whose parts these are."""
    rows = torch.cat([part.rows for part in parts])
    used = usage(torch.bincount(rows, minlength=parts[0].size))
    entropy = torch.cat([part.entropies for part in parts]).mean()
    return TokenHealth(used.in_use, entropy, used.top_share, int(used.top))


class CollapseWatch:
    """Says once that keywords have collapsed, and again only after they had recovered.

    Args:
        pieces: of the token table, to name what they collapsed onto.
    """

    def __init__(self, pieces: tuple[str, ...]) -> None:
        self._pieces, self._ill = pieces, 0

    def see(self, health: TokenHealth, step: int) -> None:
        """Look at the health of update number `step`."""
        share = float(health.top_token_share)
        self._ill = self._ill + 1 if share >= _COLLAPSED else 0
        if self._ill == _PATIENCE:
            LOGGER.warning(
                "keywords have collapsed at update %d: %.0f %% of them are %r, %.1f tokens are in use; %s",
                step + 1,
                100 * share,
                self._pieces[health.top_token],
                float(health.code_perplexity),
                _REMEDIES,
            )
