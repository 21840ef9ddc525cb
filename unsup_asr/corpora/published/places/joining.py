"""Languages joined on the picture: English gives references to the others, and captions of what is its own."""

from dataclasses import replace

from unsup_asr.corpora.published.listing import Listing
from unsup_asr.data.manifest import Utterance


def with_translations(listing: Listing, english: Listing) -> Listing:
    """The listing, in which what is not English has the English texts of its picture, in order, none twice."""
    texts: dict[str, dict[str, None]] = {}
    for utterance in (u for utterances in english.splits.values() for u in utterances):
        if utterance.text:
            texts.setdefault(utterance.picture, {})[utterance.text] = None
    references = {picture: tuple(each) for picture, each in texts.items()}

    def joined(utterance: Utterance) -> Utterance:
        if utterance.lang == "en":
            return utterance
        return replace(utterance, translations=references.get(utterance.picture, ()))

    splits = {split: [joined(u) for u in utterances] for split, utterances in listing.splits.items()}
    return Listing(splits, listing.left_out)


def told_in_english_alone(english: Listing, spoken: Listing) -> list[Utterance]:
    """English training utterances, each once, about pictures not in `spoken` and not held out by English."""
    shown = {u.picture for utterances in spoken.splits.values() for u in utterances}
    shown |= {u.picture for split in ("validation", "test") for u in english.splits[split]}
    free = (u for u in english.splits["train"] if u.text and u.picture not in shown)
    return list({utterance.id: utterance for utterance in free}.values())
