# Everything from a fresh machine with Python 3.11 or newer, make and a package index:
#   make paint PROMPT="a red glass vase on a marble table at sunset"
#   make test

VENV ?= .venv
PYTHON ?= $(shell for p in python3 python python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := $(VENV)/bin
# the prompt as typed: quotes, dollars and all reach the program through the environment
override PROMPT := $(value PROMPT)
export PROMPT
ARGS ?=

.PHONY: help paint studio test test-train check gallery bench clean
help:
	@echo 'make paint PROMPT="..." [ARGS="-n 4 --quality best"]   paint a picture'
	@echo 'make studio [ARGS="--port 8420"]   start the studio, and print the link to it'
	@echo 'make test      run the tests'
	@echo 'make test-train   run the tests that need PyTorch: training data, training, the models of diffusers'
	@echo 'make check     linters, types and tests'
	@echo 'make gallery   paint the contact sheets of docs/gallery anew'
	@echo 'make bench     measure, and write benchmarks/README.md'
	@echo 'make clean     remove the environment'

paint: $(VENV)/installed-base
	@$(BIN)/pochade paint $(ARGS) -- "$$PROMPT"

studio: $(VENV)/installed-base
	@$(BIN)/pochade serve $(ARGS)

# two at a time: most tests keep one core busy, and each process may load the renderer
test: $(VENV)/installed-test
	@$(BIN)/python -m pytest -n 2 --dist loadscope $(ARGS)

TRAINING := tests/data tests/model tests/evals tests/runtime tests/cli/test_data.py tests/providers/test_pochade1.py tests/providers/test_diffusers.py
test-train: $(VENV)/installed-train
	@$(BIN)/python -m pytest -n 2 --dist loadscope $(TRAINING) $(ARGS)

check: $(VENV)/installed-dev
	@$(BIN)/ruff check src tests dev
	@$(BIN)/pyright --pythonpath $(BIN)/python
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -n 2 --dist loadscope $(ARGS)

gallery: $(VENV)/installed-base
	@$(BIN)/python dev/gallery.py $(ARGS)

bench: $(VENV)/installed-base
	@$(BIN)/python benchmarks/run.py $(ARGS)

clean:
	rm -rf $(VENV)

$(VENV)/installed-base: EXTRA =
$(VENV)/installed-test: EXTRA = [test]
$(VENV)/installed-train: EXTRA = [test,train,hub]
$(VENV)/installed-dev: EXTRA = [dev]
$(VENV)/installed-%: pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer found. Install one, or name it: make PYTHON=/path/to/python3.12 ..." >&2; exit 1; }
	@$(PYTHON) dev/environment.py "$(VENV)" ".$(EXTRA)"
	@touch $@
