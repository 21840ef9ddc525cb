"""What Places asks for beyond sound files: recordings that end, and tests that can be scored."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from unsup_asr.corpora.preparation import SPLITS, LeftOut, Preparation
from unsup_asr.corpora.published.listing import Listing
from unsup_asr.data.manifest import Utterance
from unsup_asr.errors import InputError

# Seconds. What is longer is a known fault: somebody forgot to stop recording.
LONGEST = 30.0
TOO_LONG = f"recording is longer than {LONGEST:g} s"
NO_REFERENCE = "no English text to score the test against"


def finished(preparation: Preparation, listing: Listing) -> Preparation:
    """The preparation without what is too long, and without tests that nothing can be compared with.

    Args:
        preparation: with the durations of recordings.
        listing: what it was made of.

    Raises:
        InputError: nothing is left of training or test, for a reason that is named.
    """
    left_out = list(preparation.left_out)
    splits: dict[str, list[Utterance]] = {}
    for split in SPLITS:
        splits[split] = []
        for utterance in preparation.splits[split]:
            if utterance.duration > LONGEST:
                left_out.append(LeftOut(utterance.id, split, TOO_LONG, broken=True))
            elif split == "test" and not (utterance.text or utterance.translations):
                left_out.append(LeftOut(utterance.id, split, NO_REFERENCE, broken=False))
            else:
                splits[split].append(utterance)
    for split in ("train", "test"):
        if not splits[split]:
            raise _nothing_left(split, left_out, listing)
    return replace(preparation, splits=splits, left_out=tuple(left_out))


def _nothing_left(split: str, left_out: Sequence[LeftOut], listing: Listing) -> InputError:
    """Tells of the commonest fault, and shows where the first of the files was looked for."""
    reasons = Counter(each.reason for each in left_out if each.split == split).most_common(1)
    reason = f"{reasons[0][0]}, {reasons[0][1]} times" if reasons else "its lists are empty"
    files = [f"{u.audio_filepath} with {u.image_filepath}" for u in listing.splits[split][:1]]
    remedy = "name the right folders: --audio, --images; or share the pictures out otherwise: --text_share"
    return InputError(f"nothing is left of {split}: {reason}", where=", ".join(files) or split, remedy=remedy)
