# Everything a contributor runs. Each target sets up what it needs, says so, and is quick the second time.
PYTHON ?= python3
# Images of machines often forbid Python to keep what it compiled: that is a third of the time of short commands.
export PYTHONDONTWRITEBYTECODE :=
ARGS ?=
HOURS ?= 2
PLAIN := not docker and not workerd$(if $(CI),, and not slow)
# Two more than processors: some tests wait.
PROCESSES := $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 2)))
# Counting lines doubles the time. The floor in pyproject.toml is of Linux, where no plain test is skipped.
COVERAGE := $(if $(filter Linux,$(shell uname)),--cov)

.PHONY: help demo test unit exchanges differential faults engines cluster fuzz soak objects starts sandbox check generate docs bench setup engine python
.DEFAULT_GOAL := help

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: python engine ## deploy examples/hello on this machine, request its URL, show its instances
	@$(PYTHON) -m scripts.set_up
	@.venv/bin/python -m scripts.demo

test: setup engine ## run all tests; ARGS goes to pytest, as in ARGS="-k hello"
	@$(PYTHON) -m scripts.programs docker-registry chromium zsh fish
	.venv/bin/python -m pytest $(ARGS)

unit: setup ## run the tests that need no engine, no workerd and no root; with CI=true slow ones and coverage, too
	.venv/bin/python -m pytest -n $(PROCESSES) --dist worksteal -m "$(PLAIN)" $(if $(CI),$(COVERAGE)) $(ARGS)

exchanges: setup engine ## 10,000 random HTTP exchanges through Worker, Durable Object and container
	PYWRANGLER_TEST_EXCHANGES=2900 .venv/bin/python -m pytest -s tests/local/gateway/test_exchanges.py

differential: setup engine ## compare what a build reads with the real builder, and types with Wrangler, for minutes
	.venv/bin/python -m tests.differential.patterns
	.venv/bin/python -m tests.differential.patterns --random 200
	.venv/bin/python -m tests.differential.dockerfiles
	.venv/bin/python -m tests.differential.types
	.venv/bin/python -m tests.differential.types --random 100

faults: setup engine ## break everything on purpose, with an engine of its own; ARGS="-k killed" for some
	.venv/bin/python -m tests.faults.own_engine .venv/bin/python -m pytest tests/faults $(ARGS)

engines: setup engine ## try rootless Docker and Podman, with engines of their own, for about 6 minutes; as root
	PYWRANGLER_TEST_ENGINES=1 .venv/bin/python -m pytest tests/engines $(ARGS)

cluster: setup engine ## try nodes of a cluster that lose what runs in them, with a real bucket, for about 10 minutes
	PYWRANGLER_TEST_CLUSTER=1 .venv/bin/python -m pytest tests/local/cluster $(ARGS)

fuzz: setup ## try random inputs on all that reads some, a minute for each; ARGS="--seconds 600 requests" for one
	@.venv/bin/python -m pip --disable-pip-version-check install --quiet atheris
	.venv/bin/python -m tests.fuzz $(ARGS)

soak: setup engine ## use a platform for HOURS=2 and look for what grows; ends early with Ctrl-C
	.venv/bin/python -m tests.soak --hours $(HOURS) $(ARGS)

objects: setup ## store in 10,000 Durable Objects of one Worker, for about 10 minutes, and say what they take
	PYWRANGLER_TEST_OBJECTS=10000 .venv/bin/python -m pytest -s tests/local/daemon/test_many_objects.py

starts: setup ## start and stop a platform 200 times in new directories; ARGS="--times 20" for fewer
	@.venv/bin/python -m scripts.starts $(ARGS)

sandbox: setup engine ## run the Sandbox SDK's own suite against a local platform, for about 25 minutes
	.venv/bin/python -m scripts.sandbox_suite $(ARGS)

check: setup ## lint, formatting and types
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/mypy --strict --package scripts

generate: setup ## write what is made from the code: completions, help screens, manual page, reference
	.venv/bin/python -m scripts.completions
	.venv/bin/python -m tests.support.help_screens
	.venv/bin/python -m scripts.man_page
	.venv/bin/python -m scripts.reference

docs: setup ## build the site into build/site; its pages can be opened without a server
	NO_MKDOCS_2_WARNING=1 .venv/bin/python -m mkdocs build --strict --quiet
	@echo "build/site/index.html"

bench: setup engine ## measure, and print ratios; ARGS names parts, as in ARGS="cold warm"
	@$(PYTHON) -m scripts.programs wrk gcc docker-registry
	.venv/bin/python -m benchmarks $(ARGS)

setup: python ## make .venv and install the examples' npm packages
	@$(PYTHON) -m scripts.set_up

engine: python ## see to a running Docker Engine with buildx, and to the base images
	@$(PYTHON) -m scripts.engine
	@$(PYTHON) -m scripts.base_images

python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else \
	"This needs Python 3.11 or newer. Name one: make PYTHON=python3.12 ...")'
