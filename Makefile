# The commands of the project. Everything happens in a virtual environment in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed

.PHONY: demo test bench install

## install: make the virtual environment with the program and its tools
install: $(INSTALLED)

$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; name one: make PYTHON=python3.12 …" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[embedded,dev]'
	@touch $@

## demo: from an empty machine to answers; safe to run again
demo: $(INSTALLED)
	@$(BIN)/stockgroups demo

## test: format, lint, types, layers, then the tests on every server there is
test: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest -n 2

## bench: the speed bars as ratios
bench: $(INSTALLED)
	$(BIN)/python -m benchmarks
