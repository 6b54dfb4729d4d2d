# `make demo` and `make test` need Python 3.11+ and nothing else: they fill .venv once, from
# hash-locked files, and again only when those change.
PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
CODE := bench bot cogs docs sandbox supply tests
BENCHES := hostile_pictures walls line admission polling events waiting load

.PHONY: help doctor run demo test check lint format types imports dependencies lock licences sbom audit pin-image pictures prices bench bench-quick crash fuzz

help:
	@echo "make demo    try the bot without any account (ARGS=\"--tour --out DIR\" plays a tour)"
	@echo "make doctor  check everything that the real bot needs, and print the link to add it"
	@echo "make run     be the real bot; needs DISCORD_TOKEN and FAL_KEY"
	@echo "make test    run the tests"
	@echo "make check   run everything that a change must pass"
	@echo "make bench   measure memory and stalls, the walls around decoders, requests to fal, what waiting, a long line, a long month and a hundred commands at once cost (25 minutes)"
	@echo "make bench-quick  run all code of the benches in half a minute; its numbers say nothing"
	@echo "make crash   kill the bot some hundred times under load and faults; takes a quarter of an hour"
	@echo "make fuzz    take 100,000 mutated pictures and videos in; takes hours (ARGS=\"--files 5000\")"
	@echo "make lint, make types, make imports, make dependencies  run one part of make check"
	@echo "make format  put the code into its format"
	@echo "make pictures  make the documentation's pictures anew"
	@echo "make prices  make docs/prices.md anew"
	@echo "make lock    pin the newest versions that pyproject.toml allows and that are a week old"
	@echo "make licences  make the list of licences of what is shipped anew, after make lock"
	@echo "make sbom    write the SBOM of the bot's packages, without the base image: pika-bot.cdx.json"
	@echo "make audit   look for known vulnerabilities of what is locked; needs the network"
	@echo "make pin-image  write the base image's digest into the Dockerfile; needs the network"

doctor: $(VENV)/bot.installed
	@$(BIN)/python -m bot doctor

run: $(VENV)/bot.installed
	exec $(BIN)/python -m bot run

demo: $(VENV)/sandbox.installed
	exec $(BIN)/python -m sandbox $(ARGS)

test: $(VENV)/dev.installed
	$(BIN)/python -m pytest -n 6 $(ARGS)

check: lint types imports dependencies sbom bench-quick test

lint: $(VENV)/dev.installed
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)

format: $(VENV)/dev.installed
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

types: $(VENV)/dev.installed
	$(BIN)/basedpyright

imports: $(VENV)/dev.installed
	$(BIN)/lint-imports --no-cache

dependencies: $(VENV)/dev.installed
	$(BIN)/deptry .

$(VENV)/%.installed: requirements/%.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "pika-bot needs Python 3.11 or newer; try make PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what $< lists into $(VENV), once …"
	@$(INSTALL) -r $<
	@touch $@

# Renovate reads this command from the head of each file, and knows these options alone.
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version=3.11 --upgrade pyproject.toml
lock: $(VENV)/dev.installed
	$(COMPILE) --extra=sandbox --group=dev --output-file=requirements/dev.txt
	$(COMPILE) --extra=sandbox --constraints=requirements/dev.txt --output-file=requirements/sandbox.txt
	$(COMPILE) --constraints=requirements/dev.txt --output-file=requirements/bot.txt
	$(COMPILE) --extra=heic --constraints=requirements/bot.txt --output-file=requirements/heic.txt

licences: $(VENV)/dev.installed
	$(BIN)/python -m supply.licences

sbom: $(VENV)/dev.installed
	$(BIN)/python -m supply.sbom

audit: $(VENV)/dev.installed
	$(BIN)/python -m supply.audit $(ARGS)

pin-image: $(VENV)/dev.installed
	$(BIN)/python -m supply.base_image $(ARGS)

pictures: $(VENV)/sandbox.installed
	$(BIN)/python -m docs.make_pictures

prices: $(VENV)/bot.installed
	PYTHONPATH=. $(BIN)/python docs/make_prices.py

crash: $(VENV)/dev.installed
	$(BIN)/python -m tests.crash $(ARGS)

fuzz: $(VENV)/dev.installed
	$(BIN)/python -m tests.fuzz $(ARGS)

bench-quick: MODE := --quick
bench bench-quick: $(VENV)/dev.installed
	@failed=0; for name in $(BENCHES); do \
		echo "bench.$$name"; $(BIN)/python -m bench.$$name $(MODE) || failed=1; \
	done; exit $$failed
