"""A linear relation is found, none is not; the regression is another library's."""

from dataclasses import astuple

import pytest
import torch
from sklearn.linear_model import Ridge

from unsup_asr.evaluation.plain_encoder import (
    PooledSpeech,
    fit_linear_map,
    linear_retrieval,
    untrained_retrieval,
)


def pooled(seed: int, related: float, pictures: int = 60) -> PooledSpeech:
    """Two utterances of each picture; their features are a linear function of it and noise."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.nn.functional.normalize(torch.randn(pictures, 8, generator=generator) + 1, dim=1)
    image_of = torch.arange(pictures).repeat_interleave(2)
    mixing = torch.randn(8, 12, generator=torch.Generator().manual_seed(99))
    noise = torch.randn(2 * pictures, 12, generator=generator)
    return PooledSpeech(5 + related * images[image_of] @ mixing + 0.1 * noise, images, image_of)


def test_a_linear_relation_is_found():
    found = linear_retrieval(pooled(0, 1.0, 200), pooled(1, 1.0), pooled(2, 1.0))
    assert found.mean.at_1 > 80 and found.mean.at_5 > 99


def test_where_there_is_none_retrieval_is_at_chance():
    found = linear_retrieval(pooled(0, 0.0, 200), pooled(1, 0.0), pooled(2, 0.0, 400))
    assert astuple(found.mean) == pytest.approx(astuple(found.chance_speech_to_image), abs=2.0)


def test_an_untrained_encoder_is_at_chance():
    found = untrained_retrieval(pooled(0, 1.0, 400))
    assert astuple(found.mean) == pytest.approx(astuple(found.chance_speech_to_image), abs=2.5)
    assert untrained_retrieval(pooled(0, 1.0, 400)) == found


@pytest.mark.parametrize("penalty", [1e-4, 1.0])
def test_the_regression_is_that_of_another_library(penalty):
    speech = pooled(0, 1.0)
    fitted = fit_linear_map(speech, penalty)
    whitened = (speech.features.double() - fitted.centre) / fitted.scale
    other = Ridge(alpha=penalty * len(whitened)).fit(whitened, speech.images[speech.image_of].double())
    torch.testing.assert_close(fitted.weights.T, torch.from_numpy(other.coef_))
    torch.testing.assert_close(fitted.image_centre, torch.from_numpy(other.intercept_))


def test_a_channel_that_never_changes_does_no_harm():
    speech = pooled(0, 1.0)
    still = PooledSpeech(
        torch.cat([speech.features, torch.full((120, 1), 3.0)], dim=1), speech.images, speech.image_of
    )
    assert fit_linear_map(still, 0.01).retrieval(still) == fit_linear_map(speech, 0.01).retrieval(speech)
