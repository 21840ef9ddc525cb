"""Our models as an upstream of S3PRL, the toolkit of the SUPERB benchmark.

To S3PRL it is one more `hubconf`: after the line `from unsup_asr.superb.hubconf import *` in its `s3prl/hub.py`,

    python run_downstream.py -m train -u unsup_asr_local -k RUN/model -d speech_commands -n NAME

trains on a model's frozen hidden states; `S3PRLUpstream("unsup_asr_local", "RUN/model")` gives them, and so does
`torch.hub.load(FOLDER, "unsup_asr_local", "RUN/model", source="local")`, where FOLDER is that of this package.
S3PRL is not needed to import it. Release 0.4.18 of S3PRL looks for names that are gone from libraries as new as
ours: `HfFolder` and `Repository` of huggingface_hub, `set_audio_backend` and `sox_effects` of torchaudio. Nothing
that this upstream needs uses them; stand-ins are enough for its `run_downstream.py` to start.
"""
