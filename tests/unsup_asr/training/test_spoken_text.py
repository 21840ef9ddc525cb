"""What a search wrote becomes texts with times."""

import torch

from lm.kneser_ney import estimate
from lm.tensor_model import EntryLM
from tests.unsup_asr.planted import CAPTIONS, rows, sounds, spoken_words, taught_generator
from unsup_asr.data.vocabulary import NULL, Vocabulary, caption_pieces
from unsup_asr.decoding.decoder import Decoder, DecoderConfig
from unsup_asr.training.spoken_text import decoded_texts


def decoder(tokenizer) -> tuple[Decoder, torch.Tensor]:
    """It has learned the words' sounds; what sounds like none of them is nothing."""
    vocabulary = Vocabulary.from_captions(CAPTIONS, tokenizer)
    heard = sounds(len(vocabulary))
    heard[NULL] = -heard[1:].mean(dim=0)
    generator = taught_generator(heard[1:], torch.eye(len(vocabulary))[1:], updates=200)
    generator.config.use_null = True
    generator.null_score.data.fill_(0.6)
    arpa = estimate(caption_pieces(CAPTIONS, tokenizer), 2)
    lm = EntryLM.from_arpa(arpa, [entry.pieces for entry in vocabulary.entries])
    return Decoder(generator, vocabulary, lm, DecoderConfig(acoustic_weight=4.0, prior_scale=0.0)), heard


def test_words_have_their_times_and_silence_is_none(tokenizer):
    model, heard = decoder(tokenizer)
    said = [[NULL, *row, NULL] for row in rows(model.vocabulary, CAPTIONS)] + [[NULL]]
    spoken = spoken_words(said, heard)
    texts = decoded_texts(model, spoken, torch.zeros(len(said), len(model.vocabulary)))
    for row, text in zip(said, texts, strict=True):
        assert text.entries.tolist() == [entry for entry in row if entry != NULL]
        assert text.spans[:, 0].tolist() == [0.5 * k for k, entry in enumerate(row) if entry != NULL]
    assert texts[0].confidence > 0.9
    assert texts[-1].confidence == 0.0 and texts[-1].spans.shape == (0, 2)


def test_what_is_less_certain_is_less_confident_and_pictures_have_a_say(tokenizer):
    model, heard = decoder(tokenizer)
    index = model.vocabulary.index()
    between = heard.clone()
    between[index["big"]] = (heard[index["big"]] + heard[index["red"]]) / 2
    said = rows(model.vocabulary, [["a", "big", "dog", "runs"]])
    hints = torch.zeros(1, len(model.vocabulary))
    (clear,) = decoded_texts(model, spoken_words(said, heard), hints)
    (unclear,) = decoded_texts(model, spoken_words(said, between), hints)
    assert unclear.confidence < clear.confidence
    for word in ("red", "big"):
        hints = torch.zeros(1, len(model.vocabulary))
        hints[0, index[word]] = 20.0
        (hinted,) = decoded_texts(model, spoken_words(said, between), hints)
        assert int(hinted.entries[1]) == index[word]
