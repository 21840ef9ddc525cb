"""The English words for the concepts, whatever the style of the sentence."""

from collections.abc import Mapping

from unsup_asr.corpora.mini import concepts

_IRREGULAR = {"man": "men", "woman": "women", "bus": "buses", "butterfly": "butterflies"}

SINGULARS: Mapping[str, str] = {noun: noun for noun in concepts.NOUNS}
PLURALS: Mapping[str, str] = {noun: _IRREGULAR.get(noun, f"{noun}s") for noun in concepts.NOUNS}
ADJECTIVES: Mapping[str, str] = {fact: fact for fact in (*concepts.SIZES, *concepts.COLOURS)}
NUMERALS: Mapping[int, str] = {2: "two", 3: "three", 4: "four", 5: "five"}
PARTICIPLES: Mapping[str, str] = {action: action for action in concepts.ACTIONS}
RELATIONS: Mapping[str, str] = {
    "under": "under",
    "above": "above",
    "left_of": "left of",
    "right_of": "right of",
    "between": "between",
    "around": "around",
}
PLACES: Mapping[str, str] = {
    "street": "on the street",
    "beach": "on the beach",
    "field": "in the field",
    "forest": "in the forest",
    "lake": "at the lake",
    "mountains": "in the mountains",
    "desert": "in the desert",
}
