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
PEERS := $(VENV)/.peers
NEWS  := @jupyterlab/apputils-extension:announcements

.DEFAULT_GOAL := help
.PHONY: help env lab test test-all build bench clean

help: ## print this list
	@echo "Targets:"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{ printf "  make %-10s %s\n", $$1, $$2 }'

env: $(STAMP) ## make .venv with labkit and every tool; again only when pyproject.toml changed
	@echo "$(VENV) is ready."

# The terminals of JupyterLab know the labkit command: .venv/bin comes first on the PATH, and the shell is
# no login shell, which would set the PATH anew.
lab: $(STAMP) ## copy the exercises into my_work/ and open the course in JupyterLab
	@$(BIN)/labkit start || echo "Not every exercise is in my_work/ yet; the course opens all the same." >&2
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/jupyter lab --ServerApp.root_dir="$(CURDIR)" \
	  --ServerApp.terminado_settings="shell_command=$${SHELL:-/bin/sh}" notebooks/00_start_here.ipynb $(LAB_FLAGS)

test: $(STAMP) ## style, types, built notebooks, tests and doctests, then every notebook run
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/python course/build.py --check
	$(BIN)/python course/pages.py --check
	$(BIN)/python -m pytest -m "not slow"
	$(BIN)/python -m pytest -p no:cacheprovider --nbval-lax --nbval-current-env --nbval-cell-timeout 120 notebooks solutions

# pytest answers 5 when it found nothing to run; that is no failure here.
test-all: $(PEERS) ## what `make test` leaves out: the slow tests, some against other graders
	@echo "make test-all runs the tests that are marked slow, and nothing else."
	@$(BIN)/python -m pytest -m slow; code=$$?; \
	  if test $$code -eq 0; then echo "make test-all: the slow tests ran and passed."; \
	  elif test $$code -eq 5; then echo "make test-all: no test is marked slow yet, so none ran."; \
	  else echo "make test-all: a slow test failed (pytest answered $$code)." >&2; exit $$code; fi

build: $(STAMP) ## make notebooks/, exercises/, solutions/ and what pages take from labkit; FORCE=1 executes all
	$(BIN)/python course/build.py $(if $(FORCE),--force)
	$(BIN)/python course/pages.py

bench: $(PEERS) ## run the benchmarks, some against other graders and simulators
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
	@if test -x $(BIN)/python && { command -v uv || $(BIN)/python -m pip --version; } >/dev/null 2>&1; then \
	  echo "Using the $(VENV) that is already here."; \
	elif command -v uv >/dev/null 2>&1; then \
	  echo "Making $(VENV) with uv."; rm -rf $(VENV); \
	  uv venv --seed --python "`"$(PYTHON)" -c 'import sys; print(sys.executable)'`" $(VENV); \
	else \
	  echo "Making $(VENV) with $(PYTHON)."; \
	  { "$(PYTHON)" -c 'import ensurepip' 2>/dev/null && rm -rf $(VENV) && "$(PYTHON)" -m venv $(VENV); } || \
	  { echo "$(PYTHON) has no ensurepip: making $(VENV) without pip, then adding pip with pip."; rm -rf $(VENV); \
	    "$(PYTHON)" -m venv --without-pip $(VENV) && \
	    "$(PYTHON)" -m pip --python $(BIN)/python install --disable-pip-version-check pip; } || \
	  { echo "That did not work: trying virtualenv."; rm -rf $(VENV); "$(PYTHON)" -m virtualenv $(VENV); } || \
	  { rm -rf $(VENV); \
	    echo "Could not make $(VENV). One of these helps, then make env again:" >&2; \
	    echo "  sudo apt-get install python3-venv           (Debian, Ubuntu)" >&2; \
	    echo "  $(PYTHON) -m pip install --upgrade pip         (the way without ensurepip needs pip 22.3)" >&2; \
	    exit 1; }; \
	fi
	@echo "Installing labkit and the tools of the course into $(VENV). The first time takes a few minutes."
	@if command -v uv >/dev/null 2>&1; then \
	  uv pip install --python $(BIN)/python -e ".[dev]"; \
	else \
	  $(BIN)/python -m pip install --disable-pip-version-check -e ".[dev]"; \
	fi
	@# No question about news over the first page, and no look-up of new versions: the course needs no network.
	$(BIN)/jupyter labextension disable $(NEWS)
	@touch $(STAMP)

# What the slow tests and the benchmarks compare with: nbgrader, otter-grader, dask.
$(PEERS): $(STAMP)
	@echo "Installing what labkit is compared with into $(VENV). The first time takes a few minutes."
	@if command -v uv >/dev/null 2>&1; then \
	  uv pip install --python $(BIN)/python -e ".[dev,grade,peers]"; \
	else \
	  $(BIN)/python -m pip install --disable-pip-version-check -e ".[dev,grade,peers]"; \
	fi
	@touch $(PEERS)
