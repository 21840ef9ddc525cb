"""BatchNorm whose statistics are those of the whole batch, however many processes share it."""

import torch
from torch import Tensor, nn

from unsup_asr import parallel


class SharedBatchNorm(nn.BatchNorm1d):
    """As torch's own, in every name and figure; torch's synchronised one knows GPUs alone."""

    def forward(self, rows: Tensor) -> Tensor:
        """Rows [N, C] normalised by the mean and variance of all processes' rows."""
        if not self.training or parallel.size() == 1:
            normalised: Tensor = super().forward(rows)
            return normalised
        count = parallel.summed(rows.new_tensor(float(len(rows))))
        mean = parallel.summed(rows.sum(dim=0)) / count
        variance = parallel.summed((rows - mean).square().sum(dim=0)) / count
        with torch.no_grad():
            self._follow(mean, variance * count / (count - 1))
        return (rows - mean) * torch.rsqrt(variance + self.eps) * self.weight + self.bias

    def _follow(self, mean: Tensor, variance: Tensor) -> None:
        assert self.running_mean is not None and self.running_var is not None
        assert self.num_batches_tracked is not None and self.momentum is not None
        self.num_batches_tracked += 1
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance, self.momentum)
