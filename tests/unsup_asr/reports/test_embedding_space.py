"""Principal components against another implementation; planted clouds are found where they were put."""

import base64
import io

import pytest
import torch
from PIL import Image
from sklearn.decomposition import PCA

from unsup_asr.errors import InputError
from unsup_asr.reports.embedding_space import EmbeddingSpace, Panel, closeness, project, space_uri


def cloud(n: int, centre: float = 0.0, spread: float = 1.0, seed: int = 0) -> torch.Tensor:
    return centre + spread * torch.randn(n, 12, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def space() -> EmbeddingSpace:
    """Far away and narrow without, among the tokens with."""
    positions = torch.arange(300) % 3
    panels = Panel("without BatchNorm", cloud(300, 9.0, 0.1, 1)), Panel("with BatchNorm", cloud(300, seed=2))
    return EmbeddingSpace(cloud(500), positions, panels)


def test_components_are_those_of_another_implementation():
    tokens, keywords = cloud(200) * torch.linspace(0.2, 3, 12), cloud(80, 2.0, seed=1)
    found = project(tokens, keywords)
    other = PCA(n_components=2)
    places = torch.from_numpy(other.fit_transform(torch.cat([tokens, keywords]).double().numpy())).float()
    ours = torch.cat([found.tokens, found.keywords])
    torch.testing.assert_close(ours.abs(), places.abs(), atol=1e-3, rtol=1e-3)
    assert found.explained == pytest.approx(tuple(100 * other.explained_variance_ratio_))


def test_the_same_cloud_is_always_drawn_the_same_way_round():
    tokens, keywords = cloud(200) * torch.linspace(0.2, 3, 12), cloud(80, 2.0, seed=1)
    once = project(tokens, keywords)
    order = torch.randperm(80, generator=torch.Generator().manual_seed(0))
    again = project(tokens.flip(0), keywords[order])
    torch.testing.assert_close(again.keywords, once.keywords[order], atol=1e-4, rtol=1e-4)


def test_closeness_in_closed_form():
    tokens = torch.tensor([[2.0, 0.0], [0.0, 2.0], [-2.0, 0.0], [0.0, -2.0]])
    same = closeness(tokens, tokens)
    assert (same.distance, same.spread, same.nearest) == pytest.approx((0, 1, 1))
    far = closeness(tokens, torch.tensor([[6.0, 6.0], [8.0, 8.0]]))
    assert far.distance == pytest.approx(98**0.5 / 2)
    assert far.spread == pytest.approx(2**0.5 / 2)
    assert far.nearest == pytest.approx(0.5**0.5)


def test_batch_norm_with_the_tokens_statistics_puts_keywords_among_them(space):
    without, with_ = (closeness(space.tokens, panel.keywords) for panel in space.panels)
    assert without.distance > 5 and with_.distance < 0.3
    assert without.spread < 0.2 and with_.spread == pytest.approx(1, abs=0.1)
    assert with_.nearest > without.nearest


def test_the_picture_has_a_panel_beside_the_other(space):
    uri = space_uri(space)
    assert uri == space_uri(space)
    picture = Image.open(io.BytesIO(base64.b64decode(uri.removeprefix("data:image/png;base64,"))))
    assert picture.width > 2 * picture.height
    colours = {pixel for _, pixel in picture.convert("RGB").getcolors(1 << 20)}
    assert (0x9A, 0xA1, 0xAB) in colours


def test_it_is_read_as_it_was_written_and_thinned(space, tmp_path):
    path = tmp_path / "space.safetensors"
    space.write(path)
    read = EmbeddingSpace.read(path)
    assert [panel.name for panel in read.panels] == ["without BatchNorm", "with BatchNorm"]
    assert torch.equal(read.tokens, space.tokens) and torch.equal(read.positions, space.positions)
    assert all(torch.equal(a.keywords, b.keywords) for a, b in zip(read.panels, space.panels, strict=True))
    large = EmbeddingSpace(cloud(3000), torch.arange(5000), (Panel("all", cloud(5000)),)).thinned()
    assert len(large.tokens) == len(large.positions) == len(large.panels[0].keywords) == 2000
    assert torch.equal(large.panels[0].keywords, cloud(5000)[large.positions])


def test_what_is_no_space_is_refused(tmp_path, tiny_clip):
    for path in (tmp_path / "missing", tiny_clip / "open_clip_model.safetensors"):
        with pytest.raises(InputError, match="holds no keywords and tokens"):
            EmbeddingSpace.read(path)
