"""Against the published code itself: its checkpoints, and what it made of speech with them."""

from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from tests.unsup_asr.models.speech_clip.published.drawn import drawn_pictures, drawn_probe, drawn_waveforms
from tests.unsup_asr.models.speech_clip.published.written import KINDS, content, golden, write
from unsup_asr.cli.main import main
from unsup_asr.cli.status import DONE
from unsup_asr.models.speech_clip.outputs import Grounded
from unsup_asr.speech_clip import SpeechClipModel

LARGEST_DIFFERENCE = 1e-4

Pairs = dict[str, tuple[Tensor, Tensor]]


@pytest.mark.parametrize("kind", KINDS)
def test_outputs_are_the_published_ones(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the waveform on, after an import by the command line."""
    case = golden(kind)
    path, out = write(tmp_path / "model.ckpt", content(case), monkeypatch), tmp_path / "out"
    assert main(["import", "speechclip", str(path), str(out)]) == DONE
    model, theirs = SpeechClipModel.from_pretrained(out), case.outputs
    waveforms = list(torch.from_numpy(drawn_waveforms()))
    found = model.embed(waveforms)
    pairs = {
        "frames": (model.hidden_states(waveforms)[0][3][:, ::7], theirs["frames"]),
        "pictures": (model.clip.model.encode_image(torch.from_numpy(drawn_pictures())), theirs["pictures"]),
    }
    for branch, ours in (("parallel", found.parallel), ("cascaded", found.cascaded)):
        assert (ours is None) == (branch not in theirs)
        if ours is not None:
            pairs[branch] = (ours, functional.normalize(theirs[branch], dim=-1))
    if found.keywords is not None:
        pairs |= keyword_pairs(model, found, theirs) | quantiser_pairs(model, theirs)
    differences = {name: float((mine - other).abs().max()) for name, (mine, other) in pairs.items()}
    assert max(differences.values()) <= LARGEST_DIFFERENCE, differences


def keyword_pairs(model: SpeechClipModel, found: Grounded, theirs: dict[str, Tensor]) -> Pairs:
    """Keywords, ours and theirs; how many there are and which tokens are chosen has to agree exactly."""
    keywords = found.keywords
    assert keywords is not None
    stands, tokens = keywords.mask, theirs["ids"][kept_rows(theirs)]
    assert torch.equal(model.tokens.ids, tokens)
    chosen = theirs["ids"][theirs["choices"][stands]]
    assert torch.equal(model.tokens.ids[keywords.choices[stands]], chosen)
    pairs = {
        "embeddings": (keywords.embeddings[stands], theirs["embeddings"][stands]),
        "cosines": (keywords.cosines[stands], theirs["cosines"][stands][:, kept_rows(theirs)]),
    }
    if found.firing is None:
        return pairs
    assert torch.equal(stands.sum(dim=1), theirs["counts"])
    return {**pairs, "firing": (found.firing.weights, theirs["firing_weights"])}


def quantiser_pairs(model: SpeechClipModel, theirs: dict[str, Tensor]) -> Pairs:
    """What the quantiser writes while it learns, and the gradient straight through it."""
    cosines = theirs["cosines"][..., kept_rows(theirs)].requires_grad_()
    network = model.network
    written = network.quantiser.train()(cosines, network.token_embeddings).embeddings
    (written * torch.from_numpy(drawn_probe(tuple(written.shape)))).sum().backward()
    assert cosines.grad is not None
    gradient = theirs["gradient"][..., kept_rows(theirs)]
    return {"written": (written.detach(), theirs["training_written"]), "gradient": (cosines.grad, gradient)}


def kept_rows(theirs: dict[str, Tensor]) -> list[int]:
    """Rows of the published table that are tokens, not pad, SOT and EOT."""
    return [row for row in range(len(theirs["ids"])) if row not in (0, 2, 3)]
