# Everything that a contributor or a CI runs. `make` lists the targets; ARGS= is handed on.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# The interpreter of the checkout: 3.11, because PyFlink 1.20 knows no newer one.
PYTHON ?= $(shell for p in python3.11 python3; do $$p -c '' 2>/dev/null && echo $$p && break; done)
PYTEST := $(BIN)/python -m pytest

# uv reads no PIP_* variable, so what the machine says to pip is said to uv as well.
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
ifdef PIP_EXTRA_INDEX_URL
export UV_INDEX ?= $(PIP_EXTRA_INDEX_URL)
endif
comma := ,
empty :=
space := $(empty) $(empty)
# pip shrugs at a folder that is not there, uv gives up.
LINKS := $(foreach place,$(PIP_FIND_LINKS),$(if $(findstring ://,$(place)),$(place),$(wildcard $(place))))
ifneq ($(strip $(LINKS)),)
export UV_FIND_LINKS ?= $(subst $(space),$(comma),$(strip $(LINKS)))
endif
ifdef PIP_CERT
export SSL_CERT_FILE ?= $(PIP_CERT)
endif
export UV_HTTP_TIMEOUT ?= 180

.DEFAULT_GOAL := help
.PHONY: help setup demo fixtures test checks lint types imports pytest unit docs format fetch bench soak wheel requirements clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## create .venv with the harness, PyFlink 1.20 and the tools (again after a change only)

$(READY): pyproject.toml requirements/dev.txt requirements/uv.txt
	@test -n "$(PYTHON)" || { echo "there is no python3; install Python 3.11, or name one: make $(MAKECMDGOALS) PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v[:2] != (3, 11) and f"$(PYTHON) is Python {v[0]}.{v[1]}; the checkout needs 3.11, the last that PyFlink 1.20 knows: make $(MAKECMDGOALS) PYTHON=...")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt || { \
		echo "uv could not; pip, which knows pip.conf, tries it in a few minutes" >&2; \
		$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt; }
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## fetch the jars and run the card transactions scenarios
	$(BIN)/harness fetch
	$(BIN)/harness run scenarios/card_transactions $(ARGS)

fixtures: setup ## build the jars and packages that the example pipelines name; needs Maven
	$(BIN)/python fixtures/pipelines/card_system/package.py
	$(BIN)/python tests/examples/build.py
	$(BIN)/python fixtures/pipelines/paid_orders/package.py 2.2
	@cd fixtures/pipelines/properties_java && if [ ! -e target/upper-case.jar ] || [ -n "$$(find pom.xml src -newer target/upper-case.jar)" ]; then \
		echo "building upper-case.jar"; mvn --quiet --batch-mode package; fi

test: ## all that a change must pass: lint, types, import contracts, tests
	@for stage in setup checks pytest; do \
		began=$$(date +%s); \
		$(MAKE) --no-print-directory $$stage || exit 1; \
		echo "-- $$stage: $$(( $$(date +%s) - began )) s"; \
	done

checks: setup ## what a change must pass before its tests run
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint types imports fixtures

lint: setup ## ruff: rules and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: setup ## mypy, strict, tests included
	$(BIN)/mypy

imports: setup ## the layers, as contracts
	$(BIN)/lint-imports

# What starts no service runs on all cores. Then those that start keepers of their own, and kill them, beside those
# that share one: each half waits half of its time, and is told when it is over. 5 means that ARGS chose none of these.
STARTING_NONE := tests/unit tests/registry
STARTING_OWN := tests/docs tests/plugin tests/process $(patsubst %,tests/integration/test_%.py, \
	deaths flink_warm flink_warm_workers jars kept leaks layouts_on_flink_2 modes two_processes wear)
pytest: setup fixtures ## all tests but the long ones
	$(PYTEST) $(STARTING_NONE) -n auto $(ARGS) || [ $$? -eq 5 ]
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target starting-own sharing-one

.PHONY: starting-own sharing-one
starting-own:
	$(PYTEST) $(STARTING_OWN) --durations=20 $(ARGS) || [ $$? -eq 5 ]

sharing-one:
	$(PYTEST) tests $(addprefix --ignore=,$(STARTING_NONE) $(STARTING_OWN)) --durations=20 $(ARGS) || [ $$? -eq 5 ]

unit: setup ## the tests that start nothing
	$(PYTEST) tests/unit $(ARGS)

docs: setup ## make docs/reference.md of the language
	$(BIN)/python docs/reference.py

format: setup ## mend what ruff can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

fetch: setup ## fetch all jars into the cache
	$(BIN)/harness fetch $(ARGS)

bench: setup fixtures ## ratios against what users do today
	$(BIN)/python benchmarks/run.py $(ARGS)

soak: setup fixtures ## the long runs
	$(PYTEST) tests -m soak $(ARGS)

wheel: setup ## build the wheel into dist/
	$(BIN)/python -m build --wheel --no-isolation

requirements: setup ## resolve requirements/ again, after a change of pyproject.toml
	echo uv | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
		--custom-compile-command "make requirements" --output-file requirements/uv.txt -
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
		--custom-compile-command "make requirements" --constraint requirements/constraints.txt \
		--extra flink-1.20 --extra dev --output-file requirements/dev.txt pyproject.toml

clean: ## remove everything that make made
	rm -rf $(VENV) dist build fixtures/pipelines/*/target fixtures/pipelines/*/*/target .harness .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
