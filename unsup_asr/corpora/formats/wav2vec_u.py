"""wav2vec-U's lists as a manifest: `SPLIT.tsv`, and `SPLIT.wrd` and `.phn` where references are known."""

from collections import Counter
from pathlib import Path

from unsup_asr.corpora.formats.headers import Header, read_headers
from unsup_asr.corpora.formats.names import Ids
from unsup_asr.corpora.formats.transfer import Imported
from unsup_asr.corpora.preparation import LeftOut
from unsup_asr.corpora.wav2vec_u.lists import read_lists
from unsup_asr.data.manifest import Utterance
from unsup_asr.errors import InputError


def read_wav2vec_u(tsv: Path, lang: str) -> Imported:
    """Read the lists of a split; the heads of recordings tell how long their samples last.

    Args:
        tsv: `SPLIT.tsv`, beside which the others lie.
        lang: language of the speech.

    Raises:
        InputError: a list is missing or broken, or an id comes twice; or no recording can be read.
    """
    spoken = read_lists(tsv.parent, tsv.stem)
    headers = read_headers(each.path for each in spoken)
    utterances, left_out, lost, ids = list[Utterance](), list[LeftOut](), Counter[str](), Ids()
    for each in spoken:
        if ids.new(each.id, each.id) is None:
            raise InputError(f"id {each.id!r} comes twice", where=tsv, remedy="write the split anew")
        header, said = headers[each.path], each.reference
        if not isinstance(header, Header):
            left_out.append(LeftOut(each.id, None, header.what, broken=True))
            continue
        if said is not None and said.phones:
            lost["phones"] += 1
        text = None if said is None else " ".join(said.words)
        duration = each.samples / header.rate
        utterances.append(Utterance(each.id, each.path.absolute(), duration, lang, text=text))
    if not utterances:
        raise InputError("no recording of it can be read", where=tsv, remedy="correct its first line")
    return Imported(utterances, lost, tuple(left_out))
