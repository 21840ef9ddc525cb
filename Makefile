# Two commands: `make demo` learns to transcribe speech without a transcript, `make test` runs the tests.
# Both set up what they need: a virtual environment in the checkout.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
RECIPE := mini_en

# fairseq 0.12.2 cannot be imported on Python 3.11 and later; it gets an environment of its own.
PYENV_310 := $(wildcard $(shell pyenv root 2>/dev/null)/versions/3.10.*/bin/python3.10)
PYTHON310 ?= $(firstword $(PYENV_310) python3.10)
FAIRSEQ := build/fairseq-0.12.2
FAIRSEQ_TESTS := tests/unsup_asr/encoders/fairseq

# A test is one core's work: as many at once as there are cores (four at most: each takes 2.5 GB), each on
# one thread. A process begins with neighbouring tests, which share fixtures, and at the end takes over others'.
ON_ALL_CORES := -n auto --maxprocesses 4 --dist worksteal
test test-slow: export OMP_NUM_THREADS := 1

.PHONY: demo test test-slow test-fairseq lint format clean

demo: $(READY)
	$(BIN)/unsup-asr run $(RECIPE)
	$(BIN)/unsup-asr evaluate runs/$(RECIPE) --topline

test: lint
	$(BIN)/pytest -q $(ON_ALL_CORES) -m "not slow and not fairseq"

test-slow: $(READY)
	$(BIN)/pytest -q -m slow

test-fairseq: $(READY)
	if $(PYTHON310) --version; then $(MAKE) --no-print-directory $(FAIRSEQ)/models/.ready; fi
	FAIRSEQ_MODELS=$$(cd $(FAIRSEQ)/models 2>/dev/null && pwd) $(BIN)/pytest -q -m fairseq

$(FAIRSEQ)/models/.ready: $(FAIRSEQ)/.ready $(FAIRSEQ_TESTS)/real_models.py
	cd $(FAIRSEQ) && venv/bin/python $(CURDIR)/$(FAIRSEQ_TESTS)/real_models.py models
	touch $@

$(FAIRSEQ)/.ready:
	$(PYTHON310) -m venv $(FAIRSEQ)/venv
	$(FAIRSEQ)/venv/bin/pip install --quiet 'pip<24.1'
	$(FAIRSEQ)/venv/bin/pip install --quiet 'torch==2.3.1' 'torchaudio==2.3.1' 'numpy<2' 'fairseq==0.12.2'
	touch $@

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) runs
