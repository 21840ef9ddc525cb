"""Each teacher's correction reaches the generator with its weight; a teacher of weight 0 is not asked."""

from collections.abc import Callable
from dataclasses import fields, replace

import pytest
import torch
from torch import Tensor, nn

from lm.kneser_ney import estimate
from tests.unsup_asr.planted import CAPTIONS, CHANNELS, SLOTS, rows, sounds, spoken_words
from unsup_asr.data.spoken_words import SpokenWords
from unsup_asr.data.vocabulary import Vocabulary, caption_pieces
from unsup_asr.decoding.decoder import DecoderConfig
from unsup_asr.decoding.reordering import ReorderingConfig
from unsup_asr.decoding.reordering_decoder import ReorderingDecoder
from unsup_asr.encoders.clip import Clip
from unsup_asr.errors import UsageError
from unsup_asr.models.discriminator import Discriminator, DiscriminatorConfig
from unsup_asr.models.generator import GeneratorConfig, WordGenerator
from unsup_asr.training.cascade import Cascade, CascadeConfig, LossWeights
from unsup_asr.training.teachers import Teachers

NAMES = tuple(field.name for field in fields(LossWeights))
# Not the adversarial loss, before which the discriminator learns, nor the length, which only null can change.
STILL = tuple(name for name in NAMES if name not in ("adversarial", "length"))
ALL = LossWeights(**{name: 0.3 + 0.2 * number for number, name in enumerate(NAMES)})
SENTENCES = [*CAPTIONS, ["a", "dog"], ["the", "red", "cat", "sleeps", "big"]]


@pytest.fixture(scope="module")
def teachers(tokenizer, tiny_clip) -> Teachers:
    vocabulary = Vocabulary.from_captions(CAPTIONS, tokenizer)
    arpa = estimate(caption_pieces(CAPTIONS, tokenizer), 2, discount_fallback=True)
    return Teachers.gather(vocabulary, Clip.load(str(tiny_clip)), arpa, CAPTIONS * 2)


@pytest.fixture(scope="module")
def spoken(teachers, tokenizer) -> SpokenWords:
    images = teachers.clip.encode_captions([tokenizer.encode(" ".join(words)) for words in SENTENCES])
    return spoken_words(rows(teachers.vocabulary, SENTENCES), sounds(len(teachers.vocabulary)), images)


def cascade(
    teachers: Teachers, spoken: SpokenWords, weights: LossWeights, use_null: bool = False, **config: float
) -> Cascade:
    """A task with a generator and a discriminator that are always the same."""
    torch.manual_seed(5)
    means = teachers.entries.means()
    generator = WordGenerator(
        GeneratorConfig(narrow=16, wide=16, dropout=0.0, use_null=use_null), CHANNELS, SLOTS, means
    )
    discriminator = Discriminator(DiscriminatorConfig(hidden=8), means.shape[1])
    settings = CascadeConfig(**{"batch": len(spoken), "clip_norm": 1e9, **config})
    return Cascade(settings, weights, generator, discriminator, teachers, spoken, lambda s: s, seed=0)


def only(**weights: float) -> LossWeights:
    return LossWeights(**{**dict.fromkeys(NAMES, 0.0), **weights})


def gradient(task: Cascade) -> Tensor:
    """The generator's gradient at its next update, as one row."""
    torch.manual_seed(9)
    task.update(0)
    grads = [p.grad if p.grad is not None else torch.zeros_like(p) for p in task.generator.parameters()]
    return torch.cat([grad.flatten() for grad in grads])


@pytest.mark.parametrize("name", NAMES)
def test_every_teacher_alone_corrects_the_generator(teachers, spoken, name):
    task = cascade(teachers, spoken, only(**{name: 1.0}), use_null=name == "length")
    before = task.generator.project.weight.clone()
    assert gradient(task).abs().max() > 0
    assert not torch.equal(before, task.generator.project.weight)


@pytest.mark.parametrize("name", STILL)
def test_a_teachers_weight_is_its_gradients(teachers, spoken, name):
    once, thrice = (gradient(cascade(teachers, spoken, only(**{name: w}))) for w in (1.0, 3.0))
    assert (thrice - 3 * once).norm() < 1e-4 * thrice.norm()


def test_corrections_add_up(teachers, spoken):
    weights = replace(ALL, adversarial=0.0)
    parts = [
        getattr(weights, name) * gradient(cascade(teachers, spoken, only(**{name: 1.0}))) for name in STILL
    ]
    together = gradient(cascade(teachers, spoken, weights))
    assert (together - sum(parts)).norm() < 1e-4 * min(part.norm() for part in parts)


@pytest.mark.parametrize("left_out", NAMES)
def test_a_teacher_of_weight_nought_is_not_asked(teachers, spoken, left_out):
    task = cascade(teachers, spoken, replace(ALL, **{left_out: 0.0}))
    asked: dict[str, int] = {"semantic": 0, "adversarial": 0}

    def count(name: str):
        def hook(module: nn.Module, inputs: object, output: object) -> None:
            asked[name] += 1

        return hook

    assert len(teachers.picture_words.embeddings) == len(
        teachers.captions
    )  # read once, before anything is asked
    hooks = [
        teachers.clip.text.transformer.register_forward_hook(count("semantic")),
        task.discriminator.register_forward_hook(count("adversarial")),
    ]
    before = {name: value.clone() for name, value in task.discriminator.state_dict().items()}
    logged = task.update(0)
    for hook in hooks:
        hook.remove()
    taught = {"discriminator", "gradient_penalty"} if left_out != "adversarial" else set()
    health = {"top_word", "words_in_use", "null", "log_perplexity"}
    assert set(logged) == {*NAMES, *taught, *health} - {left_out}
    assert {name for name, number in asked.items() if number == 0} == {left_out} & set(asked)
    moved = any(
        not torch.equal(value, before[name]) for name, value in task.discriminator.state_dict().items()
    )
    assert moved == (left_out != "adversarial")


def test_the_semantic_loss_is_that_of_the_greedy_text(teachers, spoken):
    """Written out as text, tokenised and encoded by open_clip itself; InfoNCE by its definition."""
    task = cascade(teachers, spoken, only(semantic=1.0), temperature=0.2)
    task.generator.train()
    with torch.no_grad():
        best = task.generator(spoken.segments).argmax(dim=-1)
        words = teachers.vocabulary.words
        texts = [" ".join(words[entry] for entry in best[row[row >= 0]]) for row in spoken.layout]
        encoded = teachers.clip.model.encode_text(teachers.clip.tokenizer(texts), normalize=True)
        fits = (encoded @ spoken.images.T / 0.2).exp()
        own = fits.diagonal()
        expected = -((own / fits.sum(dim=1)).log().mean() + (own / fits.sum(dim=0)).log().mean()) / 2
    torch.testing.assert_close(task.update(0)["semantic"], expected, atol=1e-4, rtol=1e-4)


def test_a_picture_is_no_negative_of_itself(teachers, spoken):
    """Where all utterances show one picture, there is nothing to tell apart and nothing to learn."""
    one = replace(spoken, image_ids=torch.zeros(len(spoken), dtype=torch.long))
    task = cascade(teachers, one, only(semantic=1.0))
    assert gradient(task).abs().max() == 0
    assert float(task.update(1)["semantic"]) == 0
    assert float(cascade(teachers, spoken, only(semantic=1.0)).update(0)["semantic"]) > 0.5


def test_teachers_stay_as_they_are(teachers, spoken):
    task = cascade(teachers, spoken, ALL)
    modules = (teachers.clip, teachers.entries, teachers.lm)
    before = [value.clone() for module in modules for value in module.state_dict().values()]
    for step in range(3):
        task.update(step)
    after = [value for module in modules for value in module.state_dict().values()]
    assert all(torch.equal(old, new) for old, new in zip(before, after, strict=True))
    assert all(parameter.grad is None for parameter in teachers.clip.parameters())


def test_clipping_bounds_the_gradient(teachers, spoken):
    free, clipped = (
        gradient(cascade(teachers, spoken, only(semantic=100.0), clip_norm=norm)) for norm in (1e9, 0.1)
    )
    assert free.norm() > 0.1
    assert float(clipped.norm()) == pytest.approx(0.1, rel=1e-3)
    torch.testing.assert_close(clipped / clipped.norm(), free / free.norm(), atol=1e-5, rtol=0)


def test_the_unigram_term_brings_words_into_use(teachers, spoken):
    task = cascade(teachers, spoken, only(unigram=1.0), learning_rate=1e-2)
    losses = [float(task.update(step)["unigram"]) for step in range(60)]
    assert losses[-1] < 0.1 * losses[0]


def test_the_discriminator_learns_to_tell_captions_from_noise(teachers, spoken):
    """The generator hardly moves, so that what it writes stays what it wrote untaught."""
    task = cascade(
        teachers,
        spoken,
        only(adversarial=1.0),
        learning_rate=1e-6,
        discriminator_learning_rate=1e-2,
        gradient_penalty=0.0,
    )
    losses = [float(task.update(step)["discriminator"]) for step in range(60)]
    assert losses[-1] < 0.5 * losses[0]


def test_the_same_seed_learns_the_same(teachers, spoken):
    states = []
    for _ in range(2):
        task = cascade(teachers, spoken, ALL)
        torch.manual_seed(3)
        for step in range(3):
            task.update(step)
        states.append(task.generator.state_dict())
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())


def test_captions_may_be_fewer_than_a_batch(teachers, spoken):
    few = replace(teachers, captions=teachers.captions[:2])
    logged = cascade(few, spoken, only(adversarial=1.0)).update(0)
    assert all(torch.isfinite(value) for value in logged.values())


def test_a_cascade_without_teachers_is_refused(teachers, spoken):
    with pytest.raises(UsageError, match="every weight is 0"):
        cascade(teachers, spoken, only())


@pytest.fixture
def reorderer(teachers) -> Callable[[Cascade], ReorderingDecoder]:
    """A task's reordering beam; distortion costs nothing, so that it moves words freely."""

    def of(task: Cascade) -> ReorderingDecoder:
        config = ReorderingConfig(distortion=0.0, insertable=1, deletion=0.5)
        given = task.generator, teachers.vocabulary, teachers.lm, DecoderConfig(), config
        return ReorderingDecoder(*given, insertable=torch.tensor([1]))

    return of


def test_teachers_read_the_beams_text(teachers, spoken, reorderer):
    """The beam's texts written out, tokenised and encoded by open_clip itself; InfoNCE by its definition."""
    plain = cascade(teachers, spoken, ALL, temperature=0.2).update(0)
    task = cascade(teachers, spoken, ALL, temperature=0.2)
    task.reorderer = reorderer(task)
    with torch.no_grad():
        usage = task.generator.usage.clone()
        task.generator.train()
        log_probabilities = task.generator(spoken.segments).log_softmax(dim=-1)
        scores = task.reorderer.acoustic_scores(
            spoken.batch(torch.arange(len(spoken))).spread(log_probabilities)
        )
        found = task.reorderer.find(scores, spoken.layout >= 0)
        words = teachers.vocabulary.words
        texts = [" ".join(words[entry] for entry in row[row > 0]) for row in found.texts[:, 0]]
        encoded = teachers.clip.model.encode_text(teachers.clip.tokenizer(texts), normalize=True)
        fits = (encoded @ spoken.images.T / 0.2).exp()
        own = fits.diagonal()
        expected = -((own / fits.sum(dim=1)).log().mean() + (own / fits.sum(dim=0)).log().mean()) / 2
        task.generator.usage.copy_(usage)
    logged = task.update(0)
    torch.testing.assert_close(logged["semantic"], expected, atol=1e-4, rtol=1e-4)
    assert all(logged[name] != plain[name] for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_teacher_corrects_through_the_beam(teachers, spoken, reorderer, name):
    task = cascade(teachers, spoken, only(**{name: 1.0}), use_null=name == "length")
    task.reorderer = reorderer(task)
    moved = gradient(task)
    assert torch.isfinite(moved).all() and moved.abs().max() > 0


def test_a_collapse_to_null_shows_through_the_beam(teachers, spoken, reorderer):
    """No text has a word then, and none has null either."""
    task = cascade(teachers, spoken, only(semantic=1.0), use_null=True)
    task.generator.null_score.data.fill_(5.0)
    task.generator.usage.zero_()
    task.generator.usage[0] = 1e-4
    task.reorderer = reorderer(task)
    assert float(task.correct(spoken.batch(torch.arange(len(spoken))), None).logged["null"]) > 0.99
