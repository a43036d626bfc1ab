# Sets up .venv once (again only when pyproject.toml changes) and runs everything from it.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help ask question index test check bench bench-scale attack clean
.DEFAULT_GOAL := help

help:  ## list what make can do here (the default)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

ask: question .venv/.ready  ## answer a question: make ask Q="Who signed the letter?"
	@$(BIN)/quoth ask "$$Q" || [ $$? -eq 1 ]

question:
	@[ -n "$$Q" ] || { echo 'The question is missing: give it as in make ask Q="Who signed the letter?"' >&2; exit 2; }

index: .venv/.ready  ## build or refresh the index of the default corpus
	@$(BIN)/quoth index

test: check  ## run all checks and tests: what a change has to pass
	@$(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadgroup

check: .venv/.dev  ## check format, style and types, without the tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench: .venv/.bench  ## run the benchmarks, with the peers they compare with (an hour and a half)
	@$(BIN)/python -m tests.benchmarks

bench-scale: .venv/.bench  ## index 3,000 files, end builds, and ask over up to a million passages (an hour)
	@$(BIN)/python -m tests.benchmarks files resume scale

attack: .venv/.dev  ## attack quoth in every way we know; fails if anything is lost
	@$(BIN)/python -m tests.attacks

clean:  ## remove .venv and the default index
	rm -rf .venv .quoth/index
	@rmdir .quoth 2>/dev/null || true

PIP_INSTALL = $(BIN)/python -m pip install -qq --disable-pip-version-check
# All extras but those of the benchmarks; `ocr` has nothing that these have not.
DEV = dev,documents,evaluation,mcp,metrics,models,ray,scale,serve,sources
# The version of torch that pip finds a build without CUDA of.
TORCH = torch==2.13.0

.venv/.ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "quoth needs Python 3.11 or newer: name one with 'make PYTHON=python3.12'." >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "Python's venv module is missing: install it with 'apt-get install python3-venv'." >&2; exit 2; }
	@echo "Setting up .venv with quoth, once (about a minute)..." >&2
	@$(PYTHON) -m venv .venv
	@$(PIP_INSTALL) --editable .
	@touch $@

.venv/.dev: .venv/.ready
	@echo "Adding what checks, tests and training need, once (a few minutes)..." >&2
	@$(PIP_INSTALL) $(TORCH) --editable ".[$(DEV)]"
	@touch $@

.venv/.bench: .venv/.dev
	@$(PIP_INSTALL) $(TORCH) --editable ".[$(DEV),bench]"
	@touch $@
