# Two commands: `make demo` learns to transcribe speech without a transcript, `make test` runs the tests.
# Both set up what they need: a virtual environment in the checkout.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
RECIPE := mini_en

.PHONY: demo test test-slow lint format clean

demo: $(READY)
	$(BIN)/unsup-asr run $(RECIPE)
	$(BIN)/unsup-asr evaluate runs/$(RECIPE) --topline

test: lint
	$(BIN)/pytest -q -m "not slow"

test-slow: $(READY)
	$(BIN)/pytest -q -m slow

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
