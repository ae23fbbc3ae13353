# make demo   the main job on a few pictures (PHOTOS=folder: on yours)
# make studio  the page in the browser from which all of it is used (PORT=number)
# make install  the command `faces`, which works from any folder (PREFIX=folder: not in ~/.local)
# make figures  the pictures of README and docs anew (OLD=, PAINTINGS=, FACES=, SCENES=, DRAWINGS=, TRAINING=folder: with those
#              made of them)
# make notebooks  the chapters that explain how it works, in JupyterLab
# make test   the checks that every change passes (COVERAGE=--cov: and which lines they run)

SHELL := /bin/sh
PY := .venv/bin/python
PREFIX ?= $(HOME)/.local
.PHONY: demo figures install notebooks studio test test-slow lint clean
.DELETE_ON_ERROR:

demo: .venv/ready
	@$(PY) -m experiments demo $(if $(PHOTOS),"$(PHOTOS)")

figures: .venv/ready-for-tests
	@$(PY) -m experiments.studies.figures $(if $(OLD),--old "$(OLD)") $(if $(PAINTINGS),--paintings "$(PAINTINGS)") \
	  $(if $(FACES),--faces "$(FACES)") $(if $(SCENES),--scenes "$(SCENES)") $(if $(TRAINING),--training "$(TRAINING)") \
	  $(if $(DRAWINGS),--drawings "$(DRAWINGS)")
	@SCREENSHOTS=docs/pictures $(PY) -m pytest tests/test_studio.py -k given_back

# -P: modules of the folder where the command is called are none of ours.
install: .venv/ready
	@mkdir -p "$(PREFIX)/bin"
	@printf '#!/bin/sh\nPYTHONPATH="%s" exec "%s" -P -m experiments "$$@"\n' "$(CURDIR)" \
	  "$(CURDIR)/$(PY)" > "$(PREFIX)/bin/faces"
	@chmod +x "$(PREFIX)/bin/faces"
	@echo "$(PREFIX)/bin/faces --help tells all; it is a command where $(PREFIX)/bin is in PATH"

notebooks: .venv/ready-for-notebooks
	@cd notebooks && ../$(PY) -m jupyterlab

studio: .venv/ready-for-studio
	@$(PY) -m experiments studio --open $(if $(PORT),--port $(PORT))

test: .venv/ready-for-tests lint
	@OMP_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 $(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder \
	  -m "not slow" $(COVERAGE) tests --doctest-modules filters transformers experiments/datasets/subset.py \
	  experiments/evaluation/closeness.py experiments/inference

test-slow: .venv/ready-for-tests
	@$(PY) -m pytest -m slow

lint: .venv/ready-for-tests
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check --quiet . || { echo "run: $(PY) -m ruff format ." >&2; exit 1; }
	@$(PY) -m pyright -p pyproject.toml --pythonpath $(PY)

# Paths are relative, so a folder with a space in its name does no harm. The first Python found that is
# 3.11 to 3.13 makes the environment.
.venv/ready: requirements.txt
	@for python in python3.13 python3.12 python3.11 python3 python; do \
	  if $$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; \
	  then found=$$python; break; fi; done; \
	if [ -z "$$found" ]; then echo "error: Python 3.11, 3.12 or 3.13 is needed; install one of them" >&2; exit 2; fi; \
	[ -x $(PY) ] || $$found -m venv .venv
	@echo "installing requirements.txt into .venv (once)"
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/ready-for-tests: .venv/ready tests/requirements.txt requirements-studio.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@

.venv/ready-for-studio: .venv/ready requirements-studio.txt
	@echo "installing requirements-studio.txt into .venv (once)"
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-studio.txt
	@touch $@

.venv/ready-for-notebooks: .venv/ready notebooks/requirements.txt
	@echo "installing notebooks/requirements.txt into .venv (once)"
	@$(PY) -m pip install --quiet --disable-pip-version-check -r notebooks/requirements.txt
	@touch $@

clean:
	rm -rf .venv gallery runs
