"""What S3PRL and `torch.hub` find: one entry, which wants a local model, as its name says by S3PRL's custom."""

from typing import Any

from unsup_asr.superb.expert import UpstreamExpert as _UpstreamExpert

__all__ = ["unsup_asr_local"]

dependencies = ["torch", "transformers", "open_clip"]


def unsup_asr_local(ckpt: str, *args: Any, **kwargs: Any) -> _UpstreamExpert:
    """An upstream.

    Args:
        ckpt: the folder of a SpeechCLIP model or its run, or a speech encoder by name or folder.
        args, kwargs: what S3PRL tells every upstream.
    """
    return _UpstreamExpert(ckpt, *args, **kwargs)
