# `make` alone lists what there is. Settings: VENV, PYTHON, JOBS, ARGS (make demo ARGS=--open), UPGRADE (make lock).

VENV ?= .venv
UPGRADE ?=
ARGS ?=
JOBS ?= 2
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:
.SILENT:

export PATH := $(abspath $(VENV))/bin:$(PATH)
PURE := $(addprefix tests/,chatops config deployment documents evaluation inputs registry report)
say := printf '\n\033[1m%s\033[0m\n'
lock := uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --custom-compile-command "make lock" $(UPGRADE)
# Published as source alone, so that an action would have to build it; DVC needs it for Hydra's settings and nothing else.
no_source := --no-emit-package antlr4-python3-runtime

.PHONY: help install demo test lint coverage integration benchmark screenshot lock clean

help: ## this list
	grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-12s %s\n", $$1, $$2 }'

install: ## the virtual environment, from the locked requirements (at once where it is there)
	scripts/install.sh $(VENV)

demo: install ## a pull request ships a model, on an embedded GitHub
	merganser demo $(ARGS)

test: install lint ## everything but what needs a browser, other servers or many minutes
	$(say) "Tests (without those marked integration)"
	pytest -n $(JOBS) --dist worksteal -q

lint: install ## style and types
	$(say) "Style (ruff)"
	ruff check
	ruff format --check
	$(say) "Types (mypy --strict)"
	mypy

coverage: install ## all branches of the pure modules, by the tests of their own folders (tracing makes Python slow)
	$(say) "Tests of the pure modules, with branch coverage: 100 %"
	coverage erase
	coverage run -m pytest -n $(JOBS) --dist worksteal -q $(PURE)
	coverage combine --quiet
	coverage report --fail-under=100 --include="$$(python -m tests.architecture.layers)"

integration: install coverage ## coverage, and what needs a browser, real servers or many minutes
	scripts/install_browser.sh
	$(say) "Integration tests"
	pytest -m integration -n $(JOBS) --dist worksteal --timeout 1400 -q --durations=10

benchmark: install ## what start, demo, gate and drift cost, and how often the gate errs (half an hour, on an idle machine)
	pytest -m "integration or benchmark" tests/benchmarks --timeout 3600 -q -s

screenshot: install ## the README's pictures anew: the demo's red pull request in a headless browser
	scripts/install_browser.sh
	python scripts/screenshot.py

lock: install ## requirements.txt and the actions' locks anew from pyproject.toml (UPGRADE=--upgrade for the newest versions)
	$(lock) --extra cluster --extra dvc --extra evaluate --extra hub --extra metrics --extra plots --extra sign --extra train --group dev -o requirements.txt
	$(lock) --constraint requirements.txt -o actions/locks/core.txt
	for extra in dvc evaluate metrics sign; do
		$(lock) --constraint requirements.txt $(no_source) --extra $$extra -o actions/locks/$$extra.txt
	done

clean: ## removes what the others made, the virtual environment too
	rm -rf $(VENV) .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
	find bot tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +
