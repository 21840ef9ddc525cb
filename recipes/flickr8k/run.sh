#!/bin/sh
# From prepared data to results.json, on all GPUs there are: recipes/flickr8k/run.sh PREPARED [key=value …]
exec sh "$(dirname "$0")/../on_gpus.sh" flickr8k "$@"
