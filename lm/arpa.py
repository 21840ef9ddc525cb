"""The ARPA file format of back-off n-gram models: reading and writing it."""

from lm.arpa_reader import read_arpa
from lm.arpa_writer import write_arpa, write_arpa_to
from lm.ngrams import Arpa, NGrams

__all__ = ["Arpa", "NGrams", "read_arpa", "write_arpa", "write_arpa_to"]
