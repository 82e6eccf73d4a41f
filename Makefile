# One target a job. Everything runs from .venv, made from requirements.lock (hashes checked).
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
COMPILED ?= yes

# each process of `nwd` that a test starts would compile the whole project anew
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup compiled demo test check lint bench prove mutants format quix-streams asyncapi-parser lock

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

setup: .venv/ready ## the virtual environment; quick when it is there already

.venv/ready: requirements.lock pyproject.toml
	@echo "Setting up .venv from requirements.lock (once, about a minute)"
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Name another by PYTHON=...") if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv --clear .venv # one of another interpreter would be mixed with this
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m compileall -qq -j 0 .venv/lib # on every core: pip would compile on one
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(COMPILE)
	@touch $@

COMPILE = $(if $(filter no,$(COMPILED)),,$(BIN)/python -m deploy.compiling)

compiled: setup ## the modules that gain by it, compiled again where one was changed (COMPILED=no: not)
	@$(COMPILE)

.venv/broker.aot: .venv/ready deploy/one_machine/embedded/jars.lock
	@echo "Keeping what Java works out when a broker starts (once, a quarter of a minute)"
	@$(BIN)/python -m tests.support.broker_cache

demo: setup ## the whole story on a real Kafka and a real PostgreSQL (ARGS="--participants 500")
	@$(BIN)/nwd demo $(ARGS)

test: compiled .venv/broker.aot ## every test, in four processes: many wait for servers (ARGS="--kafka=HOST:PORT --database=URL" for installed ones)
	@$(BIN)/python -m pytest --numprocesses=4 --dist=loadfile --no-loadscope-reorder $(ARGS)

check: lint ## what `make lint` looks at, unit tests, properties, guards: under 2 minutes
	@$(BIN)/python -m pytest -q --profile=quick --numprocesses=2 tests/unit tests/properties tests/guards

lint: setup ## format, lint, types, import directions, spelling
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy --num-workers=2
	@$(BIN)/lint-imports
	@$(BIN)/codespell
	@$(BIN)/validate-pyproject pyproject.toml

bench: compiled ## speed and memory, as ratios in one run (ARGS="--only matching": how well people are matched)
	@$(BIN)/python -m tests.prove $(if $(findstring --only,$(ARGS)),,--benchmarks) $(ARGS)

prove: compiled ## everything that is guaranteed, in the long profile (ARGS="--only simulation", "--seed 4711")
	@$(BIN)/python -m tests.prove $(ARGS)

mutants: setup ## the bus made wrong on purpose: which simulated history notices
	@NWD_BUILD=pure $(BIN)/python -m tests.simulation.mutants

format: setup ## format and mend what the linter can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

quix-streams: setup ## Quix Streams, a peer of `make bench`, in an environment of its own: it needs an older client
	@$(PYTHON) -m venv .venv/quix
	@.venv/quix/bin/pip install --quiet --disable-pip-version-check quixstreams==3.28.1 fastavro==1.13.1

asyncapi-parser: setup ## AsyncAPI's own parser, by which a test looks at the documents of recipients (needs npm)
	@npm install --silent --no-audit --no-fund --ignore-scripts --no-save --prefix .venv/asyncapi @asyncapi/parser@3.6.3 @asyncapi/avro-schema-parser@3.0.24

lock: ## requirements.lock anew from pyproject.toml (needs uv)
	@uv pip compile --quiet --upgrade --universal --python-version 3.11 --extra embedded --extra fast --extra dev --generate-hashes --no-header --no-annotate pyproject.toml -o requirements.lock
