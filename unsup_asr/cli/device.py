"""Whether torch can compute where it is asked to."""

from unsup_asr.errors import UsageError


def check_device(name: str) -> None:
    """Refuse a device that torch does not know or this machine does not have.

    Raises:
        UsageError: naming the device and torch's reason.
    """
    import torch

    try:
        torch.empty(1, device=name)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).strip().split("\n")[0]
        fault = f"device {name!r} cannot be used: {reason}"
        raise UsageError(fault, remedy="take cpu, or cuda where there is an NVIDIA GPU") from error
