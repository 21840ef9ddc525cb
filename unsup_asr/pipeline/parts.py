"""The frozen parts of a run, built once: corpus, CLIP, vocabulary, n-gram model, features."""

from dataclasses import asdict, dataclass
from pathlib import Path

from lm.arpa import Arpa, write_arpa
from lm.kenlm_model import KenLM
from lm.kneser_ney import estimate
from unsup_asr.corpora.cache import Corpus
from unsup_asr.data.captions import read_captions
from unsup_asr.data.lazy_manifest import LazyManifest
from unsup_asr.data.vocabulary import Vocabulary, caption_pieces
from unsup_asr.encoders.clip import Clip
from unsup_asr.encoders.speech import SpeechEncoder, load_encoder
from unsup_asr.files import write_json
from unsup_asr.pipeline.clip import ClipChoice
from unsup_asr.pipeline.config import RunConfig
from unsup_asr.pipeline.features import FeatureExtractor
from unsup_asr.training.teachers import Teachers

CORPUS = "corpus.json"


@dataclass(frozen=True)
class Parts:
    """What a run stands on; none of it changes while it learns.

    Attributes:
        corpus: manifests and captions.
        clip_choice: which CLIP.
        clip: the model.
        encoder: the speech encoder.
        captions: the unpaired captions as words.
        vocabulary: what can be written.
        arpa: the n-gram model over CLIP's pieces.
        kenlm: the same, as KenLM scores it.
        teachers: what corrects the generator.
        extractor: makes the features of a split.
        words_per_second: words of the mean caption over seconds of the mean utterance; no label is read.
    """

    corpus: Corpus
    clip_choice: ClipChoice
    clip: Clip
    encoder: SpeechEncoder
    captions: list[list[str]]
    vocabulary: Vocabulary
    arpa: Arpa
    kenlm: KenLM
    teachers: Teachers
    extractor: FeatureExtractor
    words_per_second: float


def gather_parts(config: RunConfig, folder: Path, corpus: Corpus, choice: ClipChoice) -> Parts:
    """Build or load the frozen parts and leave their records in the run folder.

    Args:
        config: the run.
        folder: the run folder.
        corpus: prepared.
        choice: of the CLIP.

    Raises:
        InputError: a manifest, a caption file or a model cannot be read.
    """
    clip = Clip.load(choice.name, config.device)
    captions = read_captions(corpus.captions)
    vocabulary = Vocabulary.from_captions(
        captions, clip.tokenizer, config.vocabulary.max_pieces, config.vocabulary.min_count
    )
    vocabulary.write(folder / "vocabulary.json")
    arpa = estimate(caption_pieces(captions, clip.tokenizer), config.lm.order, config.lm.prune)
    write_arpa(arpa, folder / "lm.arpa.gz")
    encoder = load_encoder(config.encoder, config.log_mel, config.device)
    rate = _words_per_second(captions, LazyManifest(corpus.manifest("train")))
    _write_records(config, folder, corpus, choice)
    return Parts(
        corpus,
        choice,
        clip,
        encoder,
        captions,
        vocabulary,
        arpa,
        KenLM(folder / "lm.arpa.gz"),
        Teachers.gather(vocabulary, clip, arpa, captions, config.device),
        FeatureExtractor(config, corpus, encoder, clip, choice.key, rate),
        rate,
    )


def _words_per_second(captions: list[list[str]], spoken: LazyManifest) -> float:
    words = sum(map(len, captions)) / len(captions)
    return words / (sum(utterance.duration for utterance in spoken) / len(spoken))


def _write_records(config: RunConfig, folder: Path, corpus: Corpus, choice: ClipChoice) -> None:
    write_json(folder / CORPUS, corpus.record())
    write_json(folder / "clip.json", asdict(choice))
    write_json(
        folder / "encoder.json",
        {"encoder": config.encoder, "slots": config.slots, "log_mel": asdict(config.log_mel)},
    )
