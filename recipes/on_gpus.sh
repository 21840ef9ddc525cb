#!/bin/sh
# Runs a recipe on prepared data, on one GPU, or several through torchrun, or the CPU where there is none:
#     on_gpus.sh RECIPE PREPARED [key=value …]
# CUDA_VISIBLE_DEVICES tells which GPUs are taken.
set -eu
if [ $# -lt 2 ]; then
    echo "usage: $0 RECIPE PREPARED [key=value …]; PREPARED is a folder that unsup-asr prepare wrote" >&2
    exit 2
fi
recipe=$1
prepared=$2
shift 2
gpus=$(python -c "import torch; print(torch.cuda.device_count())")
if [ "$gpus" -gt 1 ]; then
    exec torchrun --standalone --nproc_per_node "$gpus" \
        -m unsup_asr.cli.main run "$recipe" "data.folder=$prepared" device=cuda "$@"
fi
if [ "$gpus" -eq 1 ]; then
    set -- device=cuda "$@"
fi
exec python -m unsup_asr.cli.main run "$recipe" "data.folder=$prepared" "$@"
