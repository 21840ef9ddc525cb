"""`unsup-asr lm`: n-gram models from text, what they say of a text, what is in them."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from unsup_asr.cli.status import DONE

_BUILD = """\
Estimates an n-gram model with interpolated modified Kneser-Ney smoothing, as lmplz does: a sentence a line on
stdin, ARPA on stdout."""
_SCORE = """\
Prints what KenLM's query prints of a text, a sentence a line on stdin: perplexity with and without the words that
the model does not know, how many these are, and how many tokens with sentence ends. MODEL is an ARPA file, plain
or gzipped, or a KenLM binary."""
_INFO = "Prints the format of MODEL and how many n-grams it has. An ARPA file is read to its end and checked."


def add_parser(commands: Any) -> ArgumentParser:
    """Add the command."""
    parser: ArgumentParser = commands.add_parser("lm", help="n-gram language models")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    build = actions.add_parser("build", help="text to ARPA", description=_BUILD)
    build.add_argument("-o", "--order", type=int, required=True, choices=range(1, 7), metavar="N",
                       help="longest n-grams, 1 to 6")  # fmt: skip
    build.add_argument("--prune", type=int, nargs="+", default=[], metavar="COUNT",
                       help="by order, leave out n-grams of at most this count; the first is 0")  # fmt: skip
    build.add_argument("--discount_fallback", type=float, nargs="*", metavar="D",
                       help="discounts where the text is too small to estimate them (0.5 1 1.5)")  # fmt: skip
    build.add_argument("--arpa", type=Path, metavar="FILE", help="write here, gzipped if named so (stdout)")
    build.add_argument("--backend", choices=("numpy", "lmplz"), default="numpy",
                       help="lmplz, if it is on PATH, sorts on disk (numpy)")  # fmt: skip
    score = actions.add_parser("score", help="perplexity of a text", description=_SCORE)
    info = actions.add_parser("info", help="what is in a model", description=_INFO)
    for action in (score, info):
        action.add_argument("model", type=Path, metavar="MODEL")
    for action in (build, score):
        action.add_argument("--text", type=Path, metavar="FILE", help="read here (stdin)")
    for action, act in ((build, _build), (score, _score), (info, _info)):
        action.set_defaults(act=act)
    return parser


def execute(arguments: Namespace) -> int:
    """Build, score or describe."""
    act: Callable[[Namespace], None] = arguments.act
    act(arguments)
    return DONE


def _build(arguments: Namespace) -> None:
    from lm.arpa import write_arpa, write_arpa_to
    from lm.kneser_ney import estimate

    given = arguments.discount_fallback
    # The flag alone stands for lmplz's own discounts; without the flag there are none.
    fallback = given or given is not None
    with ExitStack() as text, ExitStack() as bars:
        sentences = _sentences(_text(arguments, text))
        model = estimate(
            sentences, arguments.order, arguments.prune, fallback, arguments.backend, _progress(bars)
        )
    if arguments.arpa:
        write_arpa(model, arguments.arpa)
    else:
        write_arpa_to(model, sys.stdout.buffer)


def _score(arguments: Namespace) -> None:
    from lm.kenlm_model import KenLM

    model = KenLM(arguments.model)
    with ExitStack() as stack:
        figures = model.evaluate(_sentences(_text(arguments, stack)))
    print(f"Perplexity including OOVs:\t{figures.perplexity}")
    print(f"Perplexity excluding OOVs:\t{figures.perplexity_known}")
    print(f"OOVs:\t{figures.unknown}")
    print(f"Tokens:\t{figures.tokens}")


def _info(arguments: Namespace) -> None:
    from lm.arpa import read_arpa
    from lm.kenlm_binary import is_kenlm_binary, read_binary_head

    if arguments.model.is_file() and is_kenlm_binary(arguments.model):
        head = read_binary_head(arguments.model)
        kind, counts = f"KenLM binary, {head.kind}", head.counts
    else:
        kind, counts = "ARPA", tuple(len(grams.ids) for grams in read_arpa(arguments.model).grams)
    print(f"format:\t{kind}\norder:\t{len(counts)}")
    for order, count in enumerate(counts, start=1):
        print(f"ngram {order}:\t{count}")


def _text(arguments: Namespace, stack: ExitStack) -> IO[bytes]:
    return stack.enter_context(arguments.text.open("rb")) if arguments.text else sys.stdin.buffer


def _sentences(text: IO[bytes]) -> Iterator[list[str]]:
    """Words between ASCII white space, as KenLM has it: U+3000 may stand inside a word."""
    from unsup_asr.errors import InputError

    for number, line in enumerate(text, start=1):
        try:
            yield [word.decode() for word in line.split()]
        except UnicodeDecodeError as error:
            fault = f"the text is not UTF-8: {error.reason}"
            raise InputError(
                fault, where=f"{text.name}, line {number}", remedy="convert it to UTF-8"
            ) from error


def _progress(bars: ExitStack) -> Callable[[str, int, int], None]:
    """Shows one stage after the other on stderr."""
    from unsup_asr.progress import Report, progress

    stages: dict[str, Report] = {}

    def show(what: str, done: int, total: int) -> None:
        if what not in stages:
            bars.close()  # the bar of the stage before
            stages[what] = bars.enter_context(progress(what, total))
        stages[what](done)

    return show
