# make run: set up and serve.  make test: the suite.  Everything else serves these two.
# make mutants: by hand and before a release: is what is called kept noticed when it breaks?

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
export PORT

.PHONY: run setup test lint mutants lock

run: setup
	$(BIN)/python manage.py migrate --verbosity 0
	$(BIN)/python manage.py demo_office
	$(BIN)/python manage.py up

setup: $(VENV)/.runtime
	@$(BIN)/python -m config.environment

# The stamp is newer than the lock file when the installed packages are those of the lock file.
$(VENV)/.runtime: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.development: requirements-dev.txt $(VENV)/.runtime
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

test: $(VENV)/.development
	$(BIN)/python -m tests.run

lint: $(VENV)/.development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy config crm privacy retention
	$(BIN)/python -m tests.run --checks

mutants: $(VENV)/.development
	$(BIN)/python -m tests.mutants

lock:
	uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.txt
	uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt
