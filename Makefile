# Everything below sets itself up: Python 3.11 or newer and make are enough.
# The environment lives in .venv; `make clean` removes it. Another interpreter: make PYTHON=/path/to/python3.12 test

VENV := .venv
BIN := $(VENV)/bin
EXAMPLES := $(VENV)/.installed-examples
DEV := $(VENV)/.installed-dev
DOCS := $(VENV)/.installed-docs
INTEROP := $(VENV)/.installed-interop
PYTHONS := $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11 python)

# What `make mutation` changes, unless told: make mutation MUTANTS="flopscope.costs.linalg flopscope.budgets.budget"
MUTANTS := $(patsubst src/flopscope/costs/%.py,flopscope.costs.%,$(filter-out %/__init__.py,$(wildcard src/flopscope/costs/*.py))) $(addprefix flopscope.budgets.,budget scopes accounts sessions blocks)

.DEFAULT_GOAL := help
.PHONY: help demo test lint types interop coverage mutation docs bench bench-callgrind bench-peers picture reference clean
.NOTPARALLEL: # two pips in one environment would trip over each other

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(EXAMPLES) ## Recognise handwritten digits and see what every phase costs
	@$(BIN)/python examples/digits.py

test: lint ## Lint and run the tests
	@$(BIN)/python -m pytest -n auto

lint: $(DEV) ## Check style and formatting
	@$(BIN)/python -m ruff check
	@$(BIN)/python -m ruff format --check

types: $(DEV) ## Check the types of the package
	@$(BIN)/python -m pyright --pythonpath $(BIN)/python

coverage: $(DEV) ## Run the tests with coverage, which must not fall below its floor
	@$(BIN)/python -m pytest -n auto --cov --cov-report=term-missing:skip-covered

mutation: $(DEV) ## Change the cost rules and the budget in many ways, and see whether the tests notice (minutes per module)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check mutmut
	@nice $(BIN)/python tools/mutation.py $(MUTANTS)

docs: $(DOCS) ## Build the documentation into build/docs
	@$(BIN)/python -m sphinx -E -W --keep-going -q -b html docs build/docs
	@echo "Built: build/docs/index.html"

interop: $(INTEROP) ## Test with the libraries around NumPy
	@$(BIN)/python -m pytest tests/interop tests/array_api

bench: $(EXAMPLES) ## Time and memory as ratios to bare NumPy
	@$(BIN)/python bench/run.py --json build/bench.json

bench-callgrind: $(EXAMPLES) ## Instructions per op (needs valgrind)
	@$(BIN)/python bench/instructions.py

bench-peers: $(EXAMPLES) ## The same programs under other counters (installs them into build/peers)
	@$(BIN)/python bench/peers.py --json build/peers.json

picture: $(EXAMPLES) ## Draw the README's picture of a report (needs chromium)
	@$(BIN)/python tools/picture.py

reference: $(DEV) ## Regenerate the reference page and the type stubs after a change of the table
	@$(BIN)/python -m flopscope.reference > docs/reference-ops.md
	@$(BIN)/python tools/stubs.py
	@$(BIN)/python tests/support/interop_cases.py > docs/interop.md
	@$(BIN)/python tests/support/costs_compared.py > docs/concepts/costs-compared.md

clean: ## Remove the environment and everything generated
	@rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis .coverage mutants docs/_figures docs/gallery docs/reference/api
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp file says that an installation was completed; it is older than pyproject.toml when that has changed since.
$(EXAMPLES): $(VENV)/.created pyproject.toml
	@echo "Installing flopscope and what its examples need into $(VENV) (a minute or so, once)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[examples]'
	@touch $@

$(DEV): $(VENV)/.created pyproject.toml
	@echo "Installing flopscope and its development tools into $(VENV) (a minute or two, once)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[dev]'
	@touch $(EXAMPLES) $@

$(DOCS): $(VENV)/.created pyproject.toml
	@echo "Installing flopscope and what its documentation needs into $(VENV) (a minute or two, once)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[docs]'
	@touch $(EXAMPLES) $@

$(INTEROP): $(DEV)
	@echo "Installing the libraries around NumPy into $(VENV) (a minute or two, once)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[dev,interop]'
	@touch $(EXAMPLES) $(DEV) $@

$(VENV)/.created:
	@for python in $(PYTHONS); do \
	    if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        echo "Creating $(VENV) with $$("$$python" --version)"; \
	        "$$python" -m venv --clear $(VENV) && touch $@; \
	        exit; \
	    fi; \
	done; \
	echo "flopscope needs Python 3.11 or newer, and found none as: $(PYTHONS)." >&2; \
	echo "Install one, or name it: make PYTHON=/path/to/python3" >&2; \
	exit 1
