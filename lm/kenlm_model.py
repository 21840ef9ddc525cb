"""Scores and perplexity by KenLM, the reference for n-gram figures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lm.errors import LanguageModelError


@dataclass(frozen=True)
class TextScore:
    """What a model says of a text; the figures of KenLM's `query`.

    Args:
        log10_probability: of all sentences, their ends included.
        log10_probability_known: the same without the unknown words' own share.
        tokens: words and sentence ends.
        unknown: words that the model does not know.
    """

    log10_probability: float
    log10_probability_known: float
    tokens: int
    unknown: int

    @property
    def perplexity(self) -> float:
        """10^(−Σ log10 p / tokens), unknown words included."""
        return float(10.0 ** (-self.log10_probability / self.tokens))

    @property
    def perplexity_known(self) -> float:
        """The same over known words and sentence ends."""
        return float(10.0 ** (-self.log10_probability_known / (self.tokens - self.unknown)))


class KenLM:
    """An n-gram model held by KenLM.

    Args:
        path: an ARPA file, plain or gzipped, or KenLM's binary form; of order 2 or higher.

    Raises:
        ImportError: kenlm is not installed.
        LanguageModelError: the file is missing or KenLM cannot read it.
    """

    def __init__(self, path: Path) -> None:
        try:
            import kenlm
        except ImportError as error:
            raise ImportError("KenLM scores need the package kenlm: pip install kenlm") from error
        if not Path(path).is_file():
            raise LanguageModelError(
                "there is no such file", where=path, remedy="check the path of the model"
            )
        config = kenlm.Config()
        config.show_progress = False
        config.arpa_complain = kenlm.ARPALoadComplain.NONE
        try:
            self._model = kenlm.Model(str(path), config)
        except OSError as error:
            fault = str(error).split("threw ")[-1].rstrip(")")
            raise LanguageModelError(
                f"KenLM cannot read the model: {fault}",
                where=path,
                remedy="give an ARPA file or KenLM binary of order 2 to 6; read_arpa finds a faulty line",
            ) from error

    @property
    def order(self) -> int:
        """Length of the longest n-grams."""
        return int(self._model.order)

    def score(self, tokens: Sequence[str], bos: bool = True, eos: bool = True) -> float:
        """log10 probability of a sentence, after `<s>` if `bos`, its end included if `eos`."""
        return float(self._model.score(" ".join(tokens), bos=bos, eos=eos))

    def evaluate(self, sentences: Iterable[Sequence[str]]) -> TextScore:
        """Score sentences, ends included.

        Raises:
            LanguageModelError: there are no sentences.
        """
        total = known = 0.0
        tokens = unknown = 0
        for sentence in sentences:
            for log10_probability, _, is_unknown in self._model.full_scores(" ".join(sentence)):
                total += log10_probability
                known += 0.0 if is_unknown else log10_probability
                tokens += 1
                unknown += is_unknown
        if not tokens:
            raise LanguageModelError("there are no sentences to score", remedy="give at least one")
        return TextScore(total, known, tokens, unknown)

    def perplexity(self, sentences: Iterable[Sequence[str]]) -> float:
        """10^(−Σ log10 p / (tokens + sentences)), unknown words included; raises as `evaluate` does."""
        return self.evaluate(sentences).perplexity
