PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

# Some images set it; then every start compiles the package anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check docs bench fuzz clean

help:
	@echo "make demo   audit the example project and show the report"
	@echo "make test   check and test everything"
	@echo "make docs   build the documentation site in build/site"
	@echo "make bench  measure"
	@echo "make fuzz   feed every reader what it can't know (SECONDS=60 each, READERS=\"sql ts\")"

# The stamp depends on pyproject.toml alone: the package is installed in place.
$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable ".[all]" --group dev
	touch $@

demo: $(VENV)/.installed
	@$(BIN)/tripoint audit examples/persona-studio --fail-on never

check: $(VENV)/.installed
	$(BIN)/ruff check --no-cache .
	$(BIN)/ruff format --check --no-cache .
	$(BIN)/mypy

test: check
	tools/prepare_machine.sh
	$(BIN)/python -m pytest

docs: $(VENV)/.installed
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

bench: $(VENV)/.installed
	$(BIN)/python -m benchmarks

SECONDS ?= 60
fuzz: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --group fuzz
	$(BIN)/python tests/fuzz/__main__.py --seconds $(SECONDS) $(READERS)

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache
