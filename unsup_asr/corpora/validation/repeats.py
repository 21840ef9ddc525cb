"""What occurs twice: ids, recordings, pictures of several splits, test references among the captions."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence, Set
from itertools import chain

from unsup_asr.corpora.validation.entries import Entry
from unsup_asr.corpora.validation.faults import Fault, Finding
from unsup_asr.data.captions import normalise

# Sentences of so many words are said of two pictures by chance; longer ones hardly ever are.
CHANCE_WORDS = 12

# The position of an entry among all.
Position = int


def repeated_ids(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Entries whose id an earlier one has, in the same manifest or in another."""
    first: dict[str, Entry] = {}
    for entry in entries:
        earlier = first.setdefault(entry.utterance.id, entry)
        if earlier is not entry:
            yield entry.finding(
                Fault.DUPLICATE_ID, f"so is called {earlier.manifest.name}:{earlier.line}, too"
            )


def repeated_recordings(entries: Sequence[Entry], digests: Sequence[str | None]) -> Iterator[Finding]:
    """Entries that sound like an earlier one: overlapping stretches of one file, or the same samples in two.

    Args:
        entries: of all manifests.
        digests: of the sound of each entry, None where it was not decoded.
    """
    files = _groups(entries, lambda entry, _: entry.utterance.audio_filepath)
    stretches = chain.from_iterable(_overlapping(entries, group) for group in files)
    copies = _groups(entries, lambda _, position: digests[position])
    yield from _once(entries, chain(stretches, copies), Fault.RECORDING_LEAK, Fault.DUPLICATE_RECORDING)


def shared_pictures(entries: Sequence[Entry], digests: Sequence[str | None]) -> Iterator[Finding]:
    """Entries whose picture an earlier one of another split has: the same id, the same file, or the same content.

    Args:
        entries: of all manifests.
        digests: of the picture of each entry, None where it was not decoded.
    """
    groups = (
        _groups(entries, lambda entry, _: entry.utterance.image_id or None),
        _groups(entries, lambda entry, _: entry.utterance.image_filepath),
        _groups(entries, lambda _, position: digests[position]),
    )
    yield from _once(entries, chain.from_iterable(groups), Fault.PICTURE_LEAK, None)


def leaked_references(entries: Iterable[Entry], captions: Set[str]) -> Iterator[Finding]:
    """Test entries one of whose references is a caption.

    Args:
        entries: of all manifests.
        captions: normalised, the words joined by spaces.
    """
    for entry in entries:
        if entry.split == "test":
            texts = (*entry.utterance.translations, entry.utterance.text or "")
            references = [words for text in texts if (words := normalise(text))]
            known = [words for words in references if " ".join(words) in captions]
            if known:
                longest = max(known, key=len)
                fault = Fault.CAPTION_LEAK if len(longest) > CHANCE_WORDS else Fault.SHORT_CAPTION_LEAK
                yield entry.finding(fault, " ".join(longest))


def _groups(
    entries: Sequence[Entry], key_of: Callable[[Entry, Position], Hashable | None]
) -> list[list[Position]]:
    """The positions of entries that have a key in common, in order; a key of None is none."""
    groups: dict[Hashable, list[Position]] = defaultdict(list)
    for position, entry in enumerate(entries):
        key = key_of(entry, position)
        if key is not None:
            groups[key].append(position)
    return [group for group in groups.values() if len(group) > 1]


def _overlapping(entries: Sequence[Entry], group: Sequence[Position]) -> Iterator[list[Position]]:
    """Those of one file that share more than half of the shorter; neighbours may touch."""
    by_start = sorted(group, key=lambda position: entries[position].utterance.offset)
    cluster = by_start[:1]
    for position in by_start[1:]:
        before, this = entries[cluster[-1]].utterance, entries[position].utterance
        shared = min(before.offset + before.duration, this.offset + this.duration) - this.offset
        if shared <= min(before.duration, this.duration) / 2:
            yield sorted(cluster)
            cluster = []
        cluster.append(position)
    yield sorted(cluster)


def _once(
    entries: Sequence[Entry], groups: Iterable[list[Position]], leak: Fault, duplicate: Fault | None
) -> Iterator[Finding]:
    """A finding for each entry of a group but the first: a leak where an earlier one is of another split."""
    told: set[Position] = set()
    for group in groups:
        by_split: dict[str, Entry] = {}
        for position in group:
            entry = entries[position]
            others = [first for split, first in by_split.items() if split != entry.split]
            fault = leak if others else duplicate
            earlier = others[0] if others else by_split.get(entry.split)
            by_split.setdefault(entry.split, entry)
            if fault and earlier and position not in told:
                told.add(position)
                yield entry.finding(fault, f"it is that of {earlier.place}, too")
