"""What goes with what in the generated world: habits, so that words differ in company, not only in rank.

A habit multiplies a concept's weight by `BOOST`; nothing is excluded, but for the actions a noun does not do.
"""

from dataclasses import dataclass

BOOST = 6.0


@dataclass(frozen=True)
class Habit:
    """The company one noun likes; each field is a string of concepts separated by spaces.

    Args:
        colours: colours it often has.
        places: where it often is.
        actions: all that it does, the likeliest first.
        companions: nouns it is often seen with.
        relations: how it often stands to them.
    """

    colours: str
    places: str
    actions: str
    companions: str
    relations: str


HABITS = {
    "dog": Habit("brown black", "street field", "running jumping sleeping floating", "man cat ball", "under"),
    "man": Habit(
        "blue black", "street mountains", "running jumping sleeping falling", "dog car hat", "left_of"
    ),
    "car": Habit("red black", "street desert", "running jumping shining falling", "house bus man", "between"),
    "cat": Habit(
        "black white", "street forest", "sleeping jumping running falling", "woman chair bird", "under"
    ),
    "woman": Habit(
        "red purple", "beach street", "running sleeping jumping floating", "umbrella cat", "right_of"
    ),
    "tree": Habit("green brown", "forest field", "falling shining", "bird house rabbit", "between left_of"),
    "bird": Habit(
        "blue white", "lake forest", "flying sleeping jumping floating", "tree boat house", "above around"
    ),
    "ball": Habit(
        "red yellow", "beach field", "jumping floating falling flying", "dog woman", "under between"
    ),
    "horse": Habit("brown white", "field desert", "running jumping sleeping flying", "man tree", "right_of"),
    "house": Habit("white red", "mountains field", "shining flying falling", "tree car flower", "between"),
    "boat": Habit("white blue", "lake beach", "floating sleeping flying shining", "bird star", "left_of"),
    "flower": Habit("pink yellow", "field forest", "shining falling sleeping", "butterfly house", "around"),
    "bicycle": Habit("blue green", "street forest", "running falling jumping", "man woman", "right_of"),
    "bus": Habit("yellow red", "street mountains", "running flying shining", "car bicycle house", "left_of"),
    "hat": Habit("black purple", "beach desert", "falling flying floating", "man woman rabbit", "above"),
    "train": Habit("black green", "mountains desert", "running sleeping flying", "horse house", "under"),
    "elephant": Habit(
        "blue pink", "desert forest", "running sleeping floating", "tree ball snake", "right_of"
    ),
    "star": Habit(
        "yellow white", "mountains lake", "shining falling flying jumping", "house boat", "above around"
    ),
    "umbrella": Habit("purple red", "beach street", "flying falling floating", "woman chair", "above"),
    "rabbit": Habit(
        "white brown", "field forest", "jumping running sleeping", "flower hat turtle", "under around"
    ),
    "plane": Habit("white blue", "desert mountains", "flying falling shining", "bird bus", "above"),
    "balloon": Habit("red pink", "field beach", "flying jumping shining falling", "elephant house", "above"),
    "snake": Habit(
        "green black", "desert forest", "sleeping floating falling", "tree chair", "between under"
    ),
    "kite": Habit("yellow purple", "beach mountains", "flying falling jumping", "man tree", "above"),
    "chair": Habit("brown green", "lake street", "falling floating shining", "cat cup umbrella", "left_of"),
    "cup": Habit(
        "white pink", "lake street", "shining falling floating jumping", "chair woman", "under between"
    ),
    "butterfly": Habit(
        "purple yellow", "field lake", "flying sleeping jumping", "flower tree", "around above"
    ),
    "turtle": Habit("green brown", "lake beach", "floating running sleeping jumping", "rabbit boat", "under"),
}

WEATHER_OF_PLACE = {
    "street": "rainy night",
    "beach": "sunny sunset",
    "field": "sunny cloudy",
    "forest": "rainy snowy",
    "lake": "sunset cloudy",
    "mountains": "snowy cloudy",
    "desert": "sunny night",
}
