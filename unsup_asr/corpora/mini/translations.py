"""English references for what is said in another language: the same message, said in English in several ways.

They are for scoring alone. Message by message the two languages meet in these sentences, and nowhere word by
word: each language has its words for concepts, none has the other's.
"""

import numpy as np

from unsup_asr.corpora.mini.english import LONGEST, SHORTEST, paraphrases
from unsup_asr.corpora.mini.message import Message
from unsup_asr.corpora.mini.paraphrase import in_random_order
from unsup_asr.errors import InputError

FEWEST, MOST = 4, 6
"""How many references an utterance has."""


def translations(message: Message, rng: np.random.Generator) -> tuple[str, ...]:
    """Different English sentences that state just this message, common forms first more often than others.

    Args:
        message: what was said.
        rng: chooses among the forms.

    Returns:
        `FEWEST` to `MOST` of them, no two of one form, each as long as the captions of the mini corpus are.

    Raises:
        InputError: there are fewer; of `choose_message`'s messages there never are.
    """
    forms = paraphrases(message)
    order = in_random_order([form.weight for form in forms], rng)
    sentences = [forms[index].sentence.split() for index in order]
    fitting = [" ".join(words) for words in sentences if SHORTEST <= len(words) <= LONGEST]
    found = tuple(dict.fromkeys(fitting))[:MOST]
    if len(found) < FEWEST:
        fault = (
            f"{len(found)} ways of saying the message have {SHORTEST} to {LONGEST} words, {FEWEST} are wanted"
        )
        raise InputError(fault, where=" ".join(sentences[0]), remedy="state fewer facts")
    return found
