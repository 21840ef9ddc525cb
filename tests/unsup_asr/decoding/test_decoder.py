"""Against closed forms and against all sentences that there are."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from lm.kneser_ney import estimate
from lm.tensor_model import EntryLM
from tests.unsup_asr.planted import new_generator, sounds, spoken_words, taught_generator
from unsup_asr.data.shortlist import Shortlist
from unsup_asr.data.vocabulary import NULL, Entry, Vocabulary
from unsup_asr.decoding import decoder as decoder_module
from unsup_asr.decoding.decoder import Decoder, DecoderConfig

TEXT = ["a dog runs", "a dog", "the cat", "dog a dog", "the the cat runs"]
WORDS = ["a", "dog", "the", "cat"]
VOCABULARY = Vocabulary(
    (
        Entry(NULL, (), (), 0),
        *(
            Entry(k, (f"{word}</w>",), (k,), sum(line.split().count(word) for line in TEXT))
            for k, word in enumerate(WORDS, start=1)
        ),
    )
)
LM = EntryLM.from_arpa(
    estimate([[f"{word}</w>" for word in line.split()] for line in TEXT], 3),
    [entry.pieces for entry in VOCABULARY.entries],
)
HEARD = sounds(len(VOCABULARY))
SENTENCES = [[1, 2], [3, 4, 2], [2], [4, 1, 3]]


def unsure(**config: float) -> Decoder:
    """Its generator heard the words in loud noise, so that other words are likely, too."""
    wanted = 0.4 * torch.eye(len(VOCABULARY)) + 0.6 * torch.tensor([0.0, 0.3, 0.25, 0.25, 0.2])
    generator = taught_generator(HEARD[1:], wanted[1:])
    return Decoder(generator, VOCABULARY, LM, DecoderConfig(**config))


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    return unsure(beam=len(VOCABULARY) ** 3, acoustic_weight=1.3)


def all_sentences(
    decoder: Decoder, segments: Tensor, hint: Tensor | None = None, evidence: Tensor | None = None
) -> Iterator[tuple]:
    """Every sentence over the segments with its score: by the definition, one at a time."""
    with torch.no_grad():
        heard = decoder.generator.eval()(segments).log_softmax(dim=-1)
    counts = [entry.count for entry in VOCABULARY.entries]
    config = decoder.config
    for sentence in itertools.product(range(1, len(VOCABULARY)), repeat=len(segments)):
        score = float(LM.score(torch.tensor([sentence]), torch.tensor([len(sentence)])))
        for position, entry in enumerate(sentence):
            prior = (1 - config.prior_floor) * float(decoder.generator.usage[entry])
            prior += config.prior_floor * counts[entry] / sum(counts)
            acoustic = float(heard[position, entry]) - config.prior_scale * math.log(prior)
            share = 0.0 if evidence is None else config.evidence_share
            score += (1 - share) * config.acoustic_weight * acoustic
            score += 0.0 if evidence is None else share * float(evidence[position, entry])
            score += 0.0 if hint is None else float(hint[entry])
        yield sentence, score


@given(
    share=st.floats(0.01, 0.99),
    used=st.floats(0.01, 0.99),
    floor=st.floats(0, 1),
    scale=st.floats(0, 2),
    weight=st.floats(0.1, 3),
)
def test_the_prior_of_two_words_in_closed_form(share, used, floor, scale, weight):
    """One word has `share` of the captions, the generator means it with `used`."""
    count = round(1000 * share)
    entries = (
        Entry(0, (), (), 0),
        Entry(1, ("a</w>",), (1,), count),
        Entry(2, ("b</w>",), (2,), 1000 - count),
    )
    generator = new_generator(3)
    generator.usage.copy_(torch.tensor([0.0, used, 1 - used]))
    config = DecoderConfig(acoustic_weight=weight, prior_scale=scale, prior_floor=floor)
    decoder = Decoder(generator, Vocabulary(entries), LM, config)
    first = (1 - floor) * used + floor * count / 1000
    torch.testing.assert_close(decoder.prior(), torch.tensor([0.0, first, 1 - first]), atol=1e-6, rtol=1e-5)
    log_probabilities = torch.tensor([-1e4, math.log(0.3), math.log(0.7)])
    scores = decoder.acoustic_scores(log_probabilities)
    expected = [weight * (math.log(q) - scale * math.log(p)) for q, p in ((0.3, first), (0.7, 1 - first))]
    torch.testing.assert_close(scores[1:], torch.tensor(expected), atol=1e-4, rtol=1e-4)
    assert math.isfinite(scores[0])


def test_without_scale_the_prior_does_not_count(decoder):
    plain = replace(decoder, config=DecoderConfig(prior_scale=0.0))
    log_probabilities = torch.randn(5, len(VOCABULARY)).log_softmax(dim=-1)
    assert torch.equal(plain.acoustic_scores(log_probabilities), log_probabilities)


def test_the_best_of_all_sentences_is_written(decoder):
    spoken = spoken_words(SENTENCES, HEARD, noise=0.5)
    for row, hypothesis in enumerate(decoder.decode(spoken)):
        segments = spoken.segments[spoken.layout[row][spoken.layout[row] >= 0]]
        best, score = max(all_sentences(decoder, segments), key=lambda pair: pair[1])
        assert hypothesis.text == " ".join(VOCABULARY.words[entry] for entry in best)
        assert hypothesis.score == pytest.approx(score, abs=1e-3)


def test_probabilities_are_posteriors_among_all_sentences(decoder):
    spoken = spoken_words(SENTENCES, HEARD, noise=0.5)
    for row, hypothesis in enumerate(decoder.decode(spoken)):
        segments = spoken.segments[spoken.layout[row][spoken.layout[row] >= 0]]
        sentences = list(all_sentences(decoder, segments))
        weights = torch.tensor([score for _, score in sentences]).softmax(dim=0)
        for position, word in enumerate(hypothesis.words):
            chances = dict.fromkeys(WORDS, 0.0)
            for (sentence, _), weight in zip(sentences, weights.tolist(), strict=True):
                chances[VOCABULARY.words[sentence[position]]] += weight
            assert word.probability == pytest.approx(chances[word.word], abs=2e-4)
            others = [(other.word, other.probability) for other in word.alternatives]
            expected = sorted(((w, p) for w, p in chances.items() if w != word.word), key=lambda i: -i[1])
            shown = [(w, pytest.approx(p, abs=2e-4)) for w, p in expected if p >= 0.001][: len(others)]
            assert others == shown
            assert len(others) >= min(3, sum(p >= 0.002 for _, p in expected))


def test_hints_count_at_every_position(decoder):
    spoken = spoken_words(SENTENCES, HEARD, noise=0.5)
    hints = torch.randn(len(SENTENCES), len(VOCABULARY), generator=torch.Generator().manual_seed(2))
    (found,) = decoder.search(spoken, hints)
    for row in range(len(SENTENCES)):
        length = len(SENTENCES[row])
        segments = spoken.segments[found.layout[row][found.mask[row]]]
        best, score = max(all_sentences(decoder, segments, hints[row]), key=lambda pair: pair[1])
        assert found.nbest.entries[row, 0, :length].tolist() == list(best)
        assert float(found.nbest.scores[row, 0]) == pytest.approx(score, abs=1e-3)


def test_greedy_is_what_is_heard_alone(decoder):
    spoken = spoken_words(SENTENCES, HEARD)
    assert decoder.greedy(spoken) == SENTENCES


def test_null_is_left_out_of_the_greedy_text(decoder):
    """The segments' own likeliest entry is null once null may be written and scores highest."""
    generator = unsure().generator
    generator.config = replace(generator.config, use_null=True)
    generator.null_score.data.fill_(2.0)
    spoken = spoken_words(SENTENCES, HEARD)
    assert replace(decoder, generator=generator).greedy(spoken) == [[] for _ in SENTENCES]


def test_words_have_the_times_of_their_segments(decoder):
    spoken = spoken_words(SENTENCES, HEARD)
    for hypothesis, sentence in zip(decoder.decode(spoken), SENTENCES, strict=True):
        assert [(w.start, w.end) for w in hypothesis.words] == [
            (k / 2, k / 2 + 0.5) for k in range(len(sentence))
        ]


def test_many_utterances_are_decoded_as_few(decoder, monkeypatch):
    spoken = spoken_words(SENTENCES * 3, HEARD, noise=0.5)
    together = decoder.decode(spoken)
    monkeypatch.setattr(decoder_module, "CHUNK", 5)
    assert [len(found.rows) for found in decoder.search(spoken)] == [5, 5, 2]
    for one, other in zip(together, decoder.decode(spoken), strict=True):
        assert (one.id, one.text) == (other.id, other.text)
        assert one.score == pytest.approx(other.score, abs=1e-4)


@pytest.mark.parametrize("part", [1, 3, 7])
def test_segments_scored_in_parts_are_searched_alike(decoder, monkeypatch, part):
    spoken = spoken_words([*SENTENCES * 3, [2], [3, 4, 1, 2]], HEARD)
    spoken = replace(spoken, layout=spoken.layout.flip(0), ids=spoken.ids[::-1])
    together, best = decoder.decode(spoken), decoder.greedy(spoken)
    monkeypatch.setattr(decoder_module, "CHUNK", 4)
    monkeypatch.setattr(decoder_module, "_PART", part)
    assert decoder.greedy(spoken) == best
    for one, other in zip(together, decoder.decode(spoken), strict=True):
        assert (one.id, one.text) == (other.id, other.text)
        assert one.score == pytest.approx(other.score, abs=1e-4)


def test_where_nothing_is_heard_nothing_is_written(decoder):
    silent = replace(spoken_words([[1], [2]], HEARD), layout=torch.full((2, 1), -1))
    assert [hypothesis.text for hypothesis in decoder.decode(silent)] == ["", ""]


def test_decoding_does_not_change_the_generator(decoder):
    spoken = spoken_words(SENTENCES, HEARD)
    decoder.generator.train()
    before = {name: value.clone() for name, value in decoder.generator.state_dict().items()}
    decoder.decode(spoken)
    after = decoder.generator.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_recognisers_evidence_has_its_share(share):
    decoder = unsure(beam=len(VOCABULARY) ** 3, evidence_share=share)
    spoken = spoken_words(SENTENCES, HEARD)
    evidence = 3 * torch.randn(
        len(spoken.segments), len(VOCABULARY), generator=torch.Generator().manual_seed(1)
    )
    heard = replace(spoken, evidence=Shortlist.of(evidence))
    for found in decoder.search(heard):
        for row in range(len(SENTENCES)):
            own = found.layout[row][found.mask[row]]
            best, score = max(
                all_sentences(decoder, spoken.segments[own], evidence=evidence[own]), key=lambda each: each[1]
            )
            assert found.nbest.entries[row, 0, : len(own)].tolist() == list(best)
            assert float(found.nbest.scores[row, 0]) == pytest.approx(score, abs=1e-3)
