"""Places learns: the mini corpora, shipped as Places, come to what their mini recipes come to.

What learns next to nothing comes to the same bytes: no step of the way, from the publisher's lists to the text,
makes a difference. What learns all there is comes to a word error rate that is at most two points away.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from tests.conftest import TINY_LEARNING, TINY_MINI
from tests.recipes.mini_as_places import sizes, spoken_pictures
from tests.unsup_asr.corpora.published.places_layout import Splits, write_english
from unsup_asr.cli.configuration import compose
from unsup_asr.cli.main import main
from unsup_asr.decoding.hypothesis import Hypothesis, read_hypotheses
from unsup_asr.evaluation.results import read_results
from unsup_asr.files import read_json
from unsup_asr.pipeline.config import RunConfig

SHIPPED, PREPARED = Path("shipped"), Path("prepared")
MINI, PLACES = Path("mini"), Path("places")

# Places has no word times, so the mini recipe must do without them, too.
SEGMENTER = "segmenter=energy"
SHORT = ["starts=1", "self_training.rounds=1", "re_estimation.rounds=1", "re_estimation.frames.width=8"]
SHORT += ["re_estimation.rated=8", "re_estimation.adaptation.updates=4"]
SHORT += ["re_estimation.frame_training.loop.updates=4"]


@dataclass(frozen=True)
class Pair:
    """A mini recipe, the recipe of Places in its language, and what writes the corpus of the one for the other.

    `write` has a list for validation, so that both choose by the same speech.
    """

    mini: str
    places: str
    write: Callable[[Path, Splits], Path]


PAIRS = [Pair("mini_en", "places_en", partial(write_english, form="2020"))]


@pytest.fixture(params=PAIRS, ids=lambda pair: pair.places)
def pair(request) -> Pair:
    return request.param


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch) -> Path:
    """Works below a folder of the test's own, the cache in it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def mini_run(pair: Pair, *words: str) -> Path:
    """Run the mini recipe; returns the folder of its corpus."""
    assert main(["run", pair.mini, SEGMENTER, f"run_dir={MINI}", *words]) == 0
    return Path(read_json(MINI / "corpus.json")["captions"]).parent


def places_run(pair: Pair, corpus: Path, *words: str) -> None:
    """Ship a mini corpus as Places is published, prepare it, and run its recipe in the sizes of the mini recipe.

    The captions of the corpus are named to the recipe. `prepare` would leave out those that are said in it.
    """
    pair.write(SHIPPED, spoken_pictures(corpus))
    captions = corpus / "captions.txt"
    prepare = ["prepare", pair.places, str(SHIPPED), str(PREPARED), "--lists", "2020"]
    assert main([*prepare, "--captions", str(captions)]) == 0
    mini = configured(pair.mini)
    models = [f"encoder={mini.encoder}", f"clip={read_json(MINI / 'clip.json')['name']}"]
    data = [f"data.folder={PREPARED}", f"data.captions={captions}", f"run_dir={PLACES}"]
    assert main(["run", pair.places, *data, SEGMENTER, *models, *sizes(mini), *words]) == 0


def configured(recipe: str, words: Sequence[str] = ()) -> RunConfig:
    config = compose(recipe, words)
    assert isinstance(config, RunConfig)
    return config


def weights(run: Path) -> dict[Path, bytes]:
    """All that was learned, by path."""
    return {path.relative_to(run): path.read_bytes() for path in run.rglob("*.safetensors")}


def decoded(run: Path, stage: str) -> Counter[Hypothesis]:
    """What was written of the test set; the two runs call utterances by other names, in another order."""
    return Counter(replace(each, id="") for each in read_hypotheses(run / "decoded" / f"{stage}.test.jsonl"))


@pytest.mark.parametrize("language", ["en", "hi", "ja"])
def test_sizes_and_models_are_all_that_is_changed(language):
    """The method of one recipe is that of the other."""
    mini = configured(f"mini_{language}", [SEGMENTER])
    places = configured(f"places_{language}", [SEGMENTER, f"encoder={mini.encoder}", *sizes(mini)])
    assert replace(places, recipe=mini.recipe, clip=mini.clip, data=mini.data) == mini


def test_from_the_publishers_lists_nothing_else_is_learned(pair, finished_run, own_folder):
    """All weights and texts are the same, byte for byte."""
    shutil.copytree(finished_run.cache, own_folder / "cache" / "unsup-asr")
    places_run(pair, mini_run(pair, *TINY_MINI, *SHORT), *TINY_LEARNING, *SHORT)
    assert weights(PLACES) == weights(MINI) != {}
    ours, theirs = read_results(PLACES / "results.json"), read_results(MINI / "results.json")
    assert [(s.name, s.wer, s.bleu) for s in ours.stages] == [(s.name, s.wer, s.bleu) for s in theirs.stages]
    assert all(decoded(PLACES, stage.name) == decoded(MINI, stage.name) for stage in theirs.stages)


@pytest.mark.slow
@pytest.mark.timeout(4 * 3600)
def test_it_scores_as_its_mini_recipe_does(pair):
    places_run(pair, mini_run(pair))
    ours, theirs = read_results(PLACES / "results.json"), read_results(MINI / "results.json")
    assert ours.wer is not None and theirs.wer is not None
    assert abs(ours.wer - theirs.wer) <= 2
