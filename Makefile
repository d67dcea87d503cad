PYTHON ?= .venv/bin/python

.PHONY: help check test goldens fmt table bench sdks
help:  ## list the targets
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*##/ -/'

check:  ## lint, types, tests with coverage
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(PYTHON) -m coverage run -m pytest -q
	$(PYTHON) -m coverage report --fail-under=97

test:  ## tests only
	$(PYTHON) -m pytest -q

goldens:  ## write goldens that are missing; read them against the bytes afterwards
	$(PYTHON) -m pytest -q tests/test_goldens.py --chatnorm-goldens=create

fmt:  ## format the code
	$(PYTHON) -m ruff check --fix-only .
	$(PYTHON) -m ruff format .

table:  ## write the README's support table and the adapters' index anew
	$(PYTHON) -m chatnorm.goldens

bench:  ## what reading costs, as ratios in one run
	$(PYTHON) -m benchmarks

sdks:  ## read the fixtures through the vendors' own SDKs, which it installs
	$(PYTHON) tests/sdks/run.py $(ARGS)
