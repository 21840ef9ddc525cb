"""What segmenters may differ in, beside their method and the rate of words."""

from dataclasses import dataclass


@dataclass
class SegmentationConfig:
    """Settings of segmenters; each is for the methods that it names.

    Attributes:
        encoder: whose frames prominence, gradseg, eskmeans, unit_words and boundary_head look at: a name as
            `load_encoder` takes it, or `miniature_hubert`, with `:LAYER` behind it if need be; the encoder of
            the run if None.
        fit_on: gradseg, eskmeans and unit_words learn from so many utterances at most, spread evenly over
            those there are.
        clusters: entries of the lexicon of eskmeans; one for every ten words to be found, at most a thousand,
            if None.
        checkpoint: folder of the trained model of vg_hubert (or a published checkpoint) or boundary_head; a run
            trains one of its own if None.
        teacher: whose boundaries a boundary_head of the run's own learns.
        layer: whose attention vg_hubert looks at, counted from 0; if None, the one at three quarters of its
            layers, 9 of 12 as published, or the first drawn anew, where the run itself trained the model.
        quantile: of a head's attention, from which on vg_hubert counts a frame; 0.7 as published if None, or
            that at which words come at the captions' rate, where the run itself trained the model.
        insertion: seconds; where vg_hubert finds nothing for longer, it assumes words. None assumes none.
        bf16: whether vg_hubert multiplies in bfloat16, faster on processors that have it.
    """

    encoder: str | None = None
    fit_on: int = 1000
    clusters: int | None = None
    checkpoint: str | None = None
    teacher: str = "energy"
    layer: int | None = None
    quantile: float | None = None
    insertion: float | None = None
    bf16: bool = False
