# make study   sets everything up and runs the bundled study
# make test    sets everything up and runs all tests

PYTHON  ?= python3
VENV    ?= .venv
RESULTS ?= results

BIN     := $(VENV)/bin
# what is installed depends on these files only: the package itself is installed in place
SETUP   := setup.cfg setup.py pyproject.toml
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# tests take a process for each core, and so one thread of linear algebra in each
PARALLEL := -m pytest -n auto --dist worksteal
test test-room coverage test-oldest test-newest: export OMP_NUM_THREADS := 1
test test-room coverage test-oldest test-newest: export OPENBLAS_NUM_THREADS := 1

.DEFAULT_GOAL := help
.PHONY: help study test test-room test-installed test-oldest test-newest coverage lint format docs clean

help:
	@echo 'make study   run the bundled study; tables, figures and report.html go to $(RESULTS)/'
	@echo 'make test    run all tests'
	@echo 'make test-room ROOM=weights    run the quick tests of one room'
	@echo 'make coverage                  run all tests, and hold the share of the package that they run'
	@echo 'make test-installed            build the package, install it elsewhere and try it there'
	@echo 'make test-oldest, test-newest  run the quick tests with the oldest and newest libraries'
	@echo 'make lint    check style and types (ruff, mypy)'
	@echo 'make format  let ruff lay out the code'
	@echo 'make docs    build the pages into site/'
	@echo 'make clean   remove $(VENV)/ and what was built'
	@echo
	@echo 'Each sets up what it needs in $(VENV)/. Another Python: make study PYTHON=python3.12'

study: $(VENV)/.installed
	$(BIN)/bevdrivers study --out '$(RESULTS)'
	@echo
	@echo 'The results are in $(RESULTS)/: open $(RESULTS)/report.html'

test: $(VENV)/.installed-test
	$(BIN)/python $(PARALLEL) $(ARGS)

test-room: $(VENV)/.installed-test
	@test -n '$(ROOM)' -a -e 'tests/$(ROOM)' || { \
	  echo 'Name a room of tests/, or a file in it: make test-room ROOM=weights'; exit 1; }
	$(BIN)/python $(PARALLEL) 'tests/$(ROOM)' -m 'not slow' $(ARGS)

coverage: $(VENV)/.installed-test
	$(BIN)/python $(PARALLEL) --cov --cov-report= --cov-report=json:coverage.json $(ARGS)
	$(BIN)/python .ci/coverage coverage.json

test-installed:
	PYTHON='$(PYTHON)' bash .ci/installed

# old libraries warn of each other
test-oldest: WARN := -W default::DeprecationWarning
test-oldest test-newest: test-%: $(VENV)-%/.installed
	'$(VENV)-$*/bin/python' $(PARALLEL) -m 'not slow' $(WARN) $(ARGS)

$(VENV)-%/.installed: constraints/%.txt $(SETUP)
	'$(PYTHON)' -m venv '$(VENV)-$*'
	'$(VENV)-$*/bin/python' -m pip install --quiet --disable-pip-version-check \
	  --constraint '$<' --editable '.[test]'
	@touch $@

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.installed-docs
	$(BIN)/mkdocs build --strict

clean:
	rm -rf '$(VENV)' '$(VENV)-oldest' '$(VENV)-newest' build dist site *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage coverage.json htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: a second call installs nothing unless a file of SETUP is newer.

$(VENV)/.installed: $(SETUP) | $(BIN)/python
	@echo 'Installing bevdrivers into $(VENV)/: a minute or two, once'
	$(INSTALL) --editable .
	@touch $@

$(VENV)/.installed-test: $(SETUP) | $(BIN)/python
	@echo 'Installing bevdrivers and its test tools into $(VENV)/: a minute or two, once'
	$(INSTALL) --editable '.[test]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-docs: $(SETUP) | $(BIN)/python
	@echo 'Installing bevdrivers and its documentation tools into $(VENV)/: a minute or two, once'
	$(INSTALL) --editable '.[docs]'
	@touch $@ $(VENV)/.installed

$(BIN)/python:
	@command -v '$(PYTHON)' >/dev/null || { \
	  echo 'There is no $(PYTHON) here. Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3'; exit 1; }
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "bevdrivers needs Python 3.11 or newer; $(PYTHON) is $$('$(PYTHON)' --version 2>&1)."; \
	  echo 'Name a newer one, for instance: make PYTHON=python3.12'; exit 1; }
	@'$(PYTHON)' -c 'import ensurepip, venv' || { \
	  echo 'This Python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv'; exit 1; }
	'$(PYTHON)' -m venv '$(VENV)'
