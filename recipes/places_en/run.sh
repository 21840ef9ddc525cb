#!/bin/sh
# From prepared data to results.json, on all GPUs there are: recipes/places_en/run.sh PREPARED [key=value …]
exec sh "$(dirname "$0")/../on_gpus.sh" places_en "$@"
