# make demo   the whole thing on real input: a class is made, graded and shown
# make test   the tests
# make lint   ruff and mypy
# make setup  the environment in .venv, nothing else (the others call it; done once, then at once)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: setup demo test lint lock clean

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name one: make $(MAKECMDGOALS) PYTHON=python3.11"; exit 1; }
	@test -x $(BIN)/uv || { $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install --quiet uv; }
	@# Compiled once here: without it every kernel compiles torch anew where Python is told to write no bytecode.
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --requirements requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

demo: setup
	$(BIN)/seminar demo $(ARGS)

test: setup
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal $(ARGS)

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/seminar lint

lock:
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --output-file requirements.lock

clean:
	rm -rf $(VENV) demo-course
