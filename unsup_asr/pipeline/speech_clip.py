"""The pipeline of a SpeechCLIP recipe: corpus, CLIP, hidden states, learning, retrieval and keywords."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import torch

from unsup_asr import parallel
from unsup_asr.corpora.cache import Corpus, cache_folder, locked, prepared
from unsup_asr.corpora.origins import origins
from unsup_asr.data.captions import read_captions
from unsup_asr.data.manifest import Utterance
from unsup_asr.data.references import english_references
from unsup_asr.encoders.clip import Clip
from unsup_asr.encoders.speech import SpeechEncoder, load_encoder
from unsup_asr.encoders.token_table import TokenTable
from unsup_asr.evaluation.embedded_speech import SpokenKeywords, embed_speech
from unsup_asr.evaluation.keyword_hits import keyword_hits, write_hits
from unsup_asr.evaluation.keywords import Place, detokenise, write_keywords
from unsup_asr.evaluation.plain_encoder import linear_retrieval, pooled_speech, untrained_retrieval
from unsup_asr.evaluation.results import Results
from unsup_asr.evaluation.retrieval import RetrievalScores, write_retrieval
from unsup_asr.files import write_json
from unsup_asr.pipeline.budget import Budget
from unsup_asr.pipeline.clip import ClipChoice, choose_clip
from unsup_asr.pipeline.miniature_hubert import MiniatureHuberts
from unsup_asr.pipeline.outcome import (
    RunOutcome,
    complete,
    finish,
    list_set_aside,
    read_outcome,
    refuse_other_sources,
)
from unsup_asr.pipeline.parts import CORPUS
from unsup_asr.pipeline.pictures import PictureEmbedder
from unsup_asr.pipeline.run import SPLITS
from unsup_asr.pipeline.setting_aside import SetAside
from unsup_asr.pipeline.speech_clip_config import SpeechClipRunConfig
from unsup_asr.pipeline.speech_clip_learning import STAGE, SpeechClipLearner
from unsup_asr.pipeline.spoken_states import HeardSplit, StateExtractor
from unsup_asr.reports.embedding_space import EmbeddingSpace, Panel
from unsup_asr.speech_clip import ENCODER, SpeechClipModel, SpeechClipSettings


@dataclass(frozen=True)
class _Stands:
    """What a run stands on: none of it changes while it learns."""

    corpus: Corpus
    clip_choice: ClipChoice
    clip: Clip
    encoder_name: str
    encoder: SpeechEncoder
    tokens: TokenTable
    splits: dict[str, HeardSplit]

    @property
    def set_aside(self) -> tuple[SetAside, ...]:
        """Everything that could not be used."""
        return tuple(item for split in self.splits.values() for item in split.set_aside)


def run_speech_clip(config: SpeechClipRunConfig, folder: Path) -> RunOutcome:
    """Run a configuration in its folder; what is complete is not done again.

    Args:
        config: the run.
        folder: the run folder; it belongs to this configuration.

    Raises:
        InputError: something given cannot be used.
    """
    if outcome := complete(folder, lambda: prepared(config.data).record()):
        return outcome
    budget = Budget(folder / "budget.json")
    stands = _prepare(config, folder, budget)
    list_set_aside(folder, stands.set_aside)
    train, validation = stands.splits["train"], stands.splits["validation"]
    learner = SpeechClipLearner(config, folder, stands.encoder, stands.clip, stands.tokens, train, validation)
    with budget.stage(STAGE):
        learner.learn()
    if parallel.is_first():
        with budget.stage("evaluation"):
            results = _score(config, folder, stands, learner)
        finish(folder, results, budget)
    parallel.wait()
    return read_outcome(folder)


def _prepare(config: SpeechClipRunConfig, folder: Path, budget: Budget) -> _Stands:
    with budget.stage("corpus"):
        corpus = prepared(config.data)
    refuse_other_sources(folder, corpus.record())
    with budget.stage("clip"):
        choice = choose_clip(config)
        clip = Clip.load(choice.name, config.device)
    with budget.stage("encoder"):
        name = MiniatureHuberts(config, corpus).named(config.encoder)
        encoder = load_encoder(name, config.log_mel, config.device)
    with budget.stage("features"):
        file = getattr(config.data, "embeddings", None)
        pictures = PictureEmbedder(clip, None if file is None else Path(file), choice.key)
        extractor = StateExtractor(corpus, name, encoder, pictures, config.device)
        names = [name for name in SPLITS if corpus.manifest(name).exists()]
        # What one process hears, those beside it need not hear again.
        with locked(cache_folder() / "states"):
            splits = {name: extractor.split(name) for name in names}
    tokens = TokenTable.from_captions(read_captions(corpus.captions), clip)
    write_json(folder / CORPUS, corpus.record())
    write_json(folder / "clip.json", asdict(choice))
    write_json(folder / "encoder.json", {"encoder": name, "log_mel": asdict(config.log_mel)})
    return _Stands(corpus, choice, clip, name, encoder, tokens, splits)


def export(config: SpeechClipRunConfig, stands: _Stands, learner: SpeechClipLearner, folder: Path) -> None:
    """Write the model as it is now; an encoder that has learned goes with it."""
    name = stands.encoder_name
    if learner.fine_tuned is not None:
        learner.fine_tuned.frozen().save(folder / ENCODER)
        name = ENCODER
    temperature = 1 / float(learner.task.scale())
    settings = SpeechClipSettings(config.model, name, stands.clip_choice.name, config.log_mel, temperature)
    model = SpeechClipModel(settings, learner.task.model, stands.tokens, stands.encoder, stands.clip)
    model.save_pretrained(folder)


def _score(config: SpeechClipRunConfig, folder: Path, stands: _Stands, learner: SpeechClipLearner) -> Results:
    """Export the model and evaluate it; captions of the test set are read here for the first time."""
    export(config, stands, learner, folder / "model")
    name = "test" if "test" in stands.splits else "validation"
    heard = learner.heard(stands.splits[name])
    embedded = embed_speech(learner.task.model, heard.spoken, stands.clip)
    if embedded.keywords:
        _write_keywords(folder, embedded.keywords, heard.utterances, stands, config.model.batch_norm)
    retrieval = embedded.retrieval() | _plain_retrieval(stands, name)
    write_retrieval(folder / "retrieval.json", retrieval)
    main = retrieval["parallel" if "parallel" in retrieval else "cascaded"]
    return Results(
        recipe=config.recipe,
        version=version("unsup-asr"),
        language=config.language,
        task="translation" if config.task == "translation" else "asr",
        segmentation="none",
        test_uses_gold_times=False,
        seed=config.seed,
        n_test=len(heard.spoken) if name == "test" else 0,
        clip_r1=stands.clip_choice.r1,
        clip_minimal_pairs=stands.clip_choice.minimal_pairs,
        retrieval_r1=main.speech_to_image.at_1,
        retrieval_pool=main.images,
        captions_from=origins(config.data).captions_from,
    )


def _plain_retrieval(stands: _Stands, name: str) -> dict[str, RetrievalScores]:
    """What the speech encoder does on its own, as it is and with a linear map."""
    pooled = {split: pooled_speech(stands.splits[split].spoken) for split in {"train", "validation", name}}
    linear = linear_retrieval(pooled["train"], pooled["validation"], pooled[name])
    return {"linear": linear, "plain": untrained_retrieval(pooled[name])}


def _write_keywords(
    folder: Path,
    keywords: Sequence[SpokenKeywords],
    utterances: Sequence[Utterance],
    stands: _Stands,
    normed: bool,
) -> None:
    """What the keywords say, how often it is right, and where they lie among the tokens."""
    detokenised = detokenise(
        [utterance.id for utterance in utterances],
        [_gold(utterance) for utterance in utterances],
        [each.embeddings for each in keywords],
        stands.tokens.to("cpu"),
        places=[[Place(*place) for place in each.places.tolist()] for each in keywords],
    )
    write_keywords(folder / "keywords.json", detokenised)
    write_hits(folder / "hits.json", keyword_hits(detokenised, utterances, stands.clip.tokenizer))
    positions = torch.cat([torch.arange(len(each.places)) for each in keywords])
    panels = _panels(keywords, normed)
    EmbeddingSpace(stands.tokens.embeddings, positions, panels).write(folder / "space.safetensors")


def _panels(keywords: Sequence[SpokenKeywords], normed: bool) -> tuple[Panel, ...]:
    """Keywords as they are compared to tokens, and as they were before BatchNorm, where there is one."""
    compared = torch.cat([each.embeddings for each in keywords])
    if not normed:
        return (Panel("without BatchNorm", compared),)
    before = torch.cat([each.projected for each in keywords])
    return (Panel("before BatchNorm", before), Panel("after BatchNorm", compared))


def _gold(utterance: Utterance) -> str:
    """What was said, or, in another language, its first English reference; nothing where neither is known."""
    return next(iter(english_references(utterance)), "")
