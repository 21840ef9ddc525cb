"""Sharing out by picture: no picture on two sides, whatever the publisher did; and evenly."""

from hypothesis import given
from hypothesis import strategies as st

from unsup_asr.corpora.published.by_picture import keep_apart, position, text_half

SPLITS = ("train", "validation", "test")
ITEMS = st.lists(st.tuples(st.integers(0, 8), st.integers()))


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(SPLITS, ITEMS)))
def test_every_picture_stays_in_the_strongest_split_that_shows_it(splits):
    kept, gone = keep_apart(splits, picture=lambda item: item[0], id=str)
    shown = {name: {picture for picture, _ in items} for name, items in splits.items()}
    for name, items in splits.items():
        stronger = set().union(*(shown.get(other, set()) for other in SPLITS[SPLITS.index(name) + 1 :]))
        assert kept[name] == [item for item in items if item[0] not in stronger]
    assert len(gone) == sum(map(len, splits.values())) - sum(map(len, kept.values()))
    assert not any(each.broken for each in gone)


def test_what_goes_says_where_its_picture_is():
    _, gone = keep_apart({"train": ["a1", "b1"], "test": ["a2"]}, picture=lambda item: item[0], id=str)
    assert [(each.id, each.split, each.reason) for each in gone] == [
        ("a1", "train", "picture is in test, too")
    ]


def test_shares_are_met_and_grow_together():
    names = [f"val2014/COCO_val2014_{n:012d}.jpg" for n in range(20_000)]
    for share in (0.0, 0.2, 0.5, 0.9):
        chosen = [name for name in names if text_half(name, share)]
        assert abs(len(chosen) / len(names) - share) < 0.012  # 3.4 standard deviations
        assert set(chosen) <= {name for name in names if text_half(name, share + 0.1)}
    assert text_half(names[0], 1.0)


def test_purposes_are_independent():
    names = [str(n) for n in range(10_000)]
    both = sum(position(name, "one") < 0.5 and position(name, "other") < 0.5 for name in names)
    assert abs(both / len(names) - 0.25) < 0.013


def test_the_same_name_falls_on_the_same_side_for_ever():
    """Golden values: by another hash, pictures that were read would be heard."""
    names = ("a/abbey/1.jpg", "b/bar/2.jpg", "c/cave/3.jpg", "d/den/4.jpg", "e/elm/5.jpg", "f/fog/6.jpg")
    assert [text_half(name, 0.5) for name in names] == [False, True, True, False, True, False]
    assert position("a/abbey/1.jpg", "text") == 0.6060724227589411
