# Counting Calls. `make` on its own prints the list of targets.
#
#   PYTHON=python3.12   the Python that .venv is made from
#   LAB_FLAGS=...       more flags for JupyterLab, for example LAB_FLAGS="--no-browser --port 9999"
#
# Windows without make: the same lines in plain form are in .github/workflows/test.yml.

PYTHON    ?= python3
LAB_FLAGS ?=

VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help env lab test test-all build bench clean

help: ## print this list
	@echo "Targets:"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{ printf "  make %-10s %s\n", $$1, $$2 }'

env: $(STAMP) ## make .venv with labkit and every tool; again only when pyproject.toml changed
	@echo "$(VENV) is ready."

lab: $(STAMP) ## copy the exercises into my_work/ and open the course in JupyterLab
	$(BIN)/labkit start
	$(BIN)/jupyter lab --ServerApp.root_dir="$(CURDIR)" notebooks/00_start_here.ipynb $(LAB_FLAGS)

test: $(STAMP) ## style, types, built notebooks, tests and doctests, then every notebook run
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/python course/build.py --check
	$(BIN)/python course/pages.py --check
	$(BIN)/python -m pytest -m "not slow"
	$(BIN)/python -m pytest -p no:cacheprovider --nbval-lax --nbval-current-env --nbval-cell-timeout 120 notebooks solutions

# pytest answers 5 when it found nothing to run; that is no failure here.
test-all: $(STAMP) ## what `make test` leaves out: the slow tests
	$(BIN)/python -m pytest -m slow || { code=$$?; test $$code -eq 5 && echo "No slow tests were found, so none ran."; }

build: $(STAMP) ## make notebooks/, exercises/, solutions/ and what pages take from labkit; FORCE=1 executes all
	$(BIN)/python course/build.py $(if $(FORCE),--force)
	$(BIN)/python course/pages.py

bench: $(STAMP) ## run the benchmarks
	$(BIN)/python benchmarks/run.py

clean: ## remove .venv, caches and build output; my_work/ stays as it is
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -path ./my_work -prune -o -path ./.git -prune -o -type d \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +

# The stamp is touched last: an installation that broke off is done again next time.
$(STAMP): pyproject.toml
	@command -v "$(PYTHON)" >/dev/null 2>&1 || { \
	  echo "There is no '$(PYTHON)' on the PATH. Install Python 3.10 or newer, or name yours: make env PYTHON=python3.12" >&2; \
	  exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo "'$(PYTHON)' is `"$(PYTHON)" -V 2>&1`, and this course needs Python 3.10 or newer. Name another: make env PYTHON=python3.12" >&2; \
	  exit 1; }
	@if test -x $(BIN)/python; then \
	  echo "Using the $(VENV) that is already here."; \
	elif command -v uv >/dev/null 2>&1; then \
	  echo "Making $(VENV) with uv."; rm -rf $(VENV); \
	  uv venv --seed --python "`"$(PYTHON)" -c 'import sys; print(sys.executable)'`" $(VENV); \
	else \
	  echo "Making $(VENV) with $(PYTHON)."; rm -rf $(VENV); \
	  "$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); "$(PYTHON)" -m virtualenv $(VENV); } || { rm -rf $(VENV); \
	    echo "Could not make $(VENV). On Debian or Ubuntu: sudo apt-get install python3-venv, then make env again." >&2; \
	    exit 1; }; \
	fi
	@echo "Installing labkit and the tools of the course into $(VENV). The first time takes a few minutes."
	@if command -v uv >/dev/null 2>&1; then \
	  uv pip install --python $(BIN)/python -e ".[dev]"; \
	else \
	  $(BIN)/python -m pip install --disable-pip-version-check -e ".[dev]"; \
	fi
	@touch $(STAMP)
