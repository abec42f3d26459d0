# make run and make test do all the set-up; LITE=1 leaves torch out (retrieval is then lexical), LLM=1 adds what a
# language model needs, MULTILINGUAL=1 the embedding model of many languages.
PYTHON ?= python3
VENV := $(if $(filter-out 0,$(LITE)),.venv-lite,.venv)
PY := $(VENV)/bin/python
TESTS ?= tests
DRAWN ?= 100
SCORED ?= small_town_payments somebody_elses_stars early_clocks volumes_elsewhere the_rude_tool gone_before_lunch third_wave_orders
COVER := $(if $(COVERAGE),--cov --cov-report=term --cov-report=html --cov-report=xml,)
ifdef LITE
export LITE
endif
ifdef LLM
export LLM
endif
ifdef MULTILINGUAL
export MULTILINGUAL
endif

# Tests start hundreds of processes: none of them needs to compile again what another one has compiled.
test test-long test-ci mutants score score-ci score-ablations score-quiet: export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help learn run test test-long test-ci mutants bench bench-incidents bench-ingest bench-sweep bench-reason bench-diagnosis bench-calibration bench-weights bench-world bench-foreign bench-receipts left-behind score score-ci score-ablations score-quiet lint types contracts measure demo screens boot vectors lock revision clean setup setup-test

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/' | expand -t 14

setup:
	@$(PYTHON) packaging/install.py run

setup-test:
	@$(PYTHON) packaging/install.py test

run: setup ## set up, then open the API on 127.0.0.1:8000 and the console on 127.0.0.1:8501
	@exec $(PY) -m app up

demo: setup ## the whole loop in the terminal, in 30 seconds
	@exec $(PY) -m app demo

test: setup-test ## set up, then the default suite (COVERAGE=1 adds the gated reports)
	@$(PY) -m pytest $(TESTS) -q -n 3 --dist loadfile --no-loadscope-reorder -m "not long" $(COVER)

test-long: setup-test ## what takes longer than the default suite allows, then the gate of coverage
	@$(PY) -m pytest $(TESTS) -q -m long
	@$(MAKE) test COVERAGE=1

test-ci: setup-test ## the part of the long tests that CI runs: PostgreSQL under kills, browser walks, embedded meaning, what learners find
	@$(PY) -m pytest $(TESTS) -q -n 2 --dist loadfile -m "ci"

mutants: setup-test ## take each guard against acting twice out of a copy: a named test must fail
	@$(PY) -m pytest tests/durability/test_mutants.py -q -s -m long

bench: setup-test ## sixteen people at once beside plain LangGraph, the same work in turns
	@$(PY) -m tests.bench.decisions

bench-incidents: setup-test ## incidents a second from open to proven, each approved by a person, beside the same graph with empty nodes
	@$(PY) -m tests.bench.incidents

bench-ingest: setup-test ## signals a second, from the bytes to the commit, beside bare inserts and a mapped class
	@$(PY) -m tests.bench.ingest

bench-sweep: setup-test ## what a sweep costs beside how many signals lie in its window
	@$(PY) -m tests.bench.sweep

bench-reason: setup-test ## what it takes from the evidence of an incident to a proposal, and to look at 200 anew
	@$(PY) -m tests.bench.reason

bench-diagnosis: setup-test ## causes told of labelled incidents (FILES="a.json ..."), beside rules and without each group of evidence
	@$(PY) -m tests.bench.diagnosis $(FILES)

bench-calibration: setup-test ## what confidences should be softened by, fitted on some causes and judged on others (FILES="a.json ...")
	@$(PY) -m tests.bench.calibration $(FILES)

bench-weights: setup-test ## what signs of meaning should weigh, fitted on all but one of the files and of the causes (FILES="a.json ...")
	@$(PY) -m tests.bench.meaning_weights $(FILES)

bench-receipts: setup-test ## how often receipts are right, over 300 drawn before and afters whose truth is known (SEED=7)
	@$(PY) -m tests.bench.receipts --seed $(SEED)

bench-world: setup-test ## what a simulated day costs, with and without the agent, beside a loop that only counts
	@$(PY) -m tests.bench.world

bench-foreign: setup-test ## how the agent does on worlds that others wrote (FOLDERS="a b ...", OPTIONS="--step 2")
	@$(PY) -m tests.bench.foreign_world $(FOLDERS) $(OPTIONS)

left-behind: setup-test ## what the agent leaves behind in the trials CI scores: run it in two checkouts and compare
	@$(PY) -m tests.bench.left_behind

score-ci: setup-test ## the part of the scorecard that CI runs
	@$(PY) -m app simulate $(SCORED) --score --floors ci

score-ablations: setup-test ## the same trials without severities, without codes, without attributes: what hangs on each
	@$(PY) -m app simulate $(SCORED) --without severities --without codes --without attributes --floors ablations

score-quiet: setup-test ## false alarms over 30 days of 200 merchants on which nothing goes wrong; resumable (KEPT=file)
	@$(PY) -m app simulate --quiet 30 --score --keep $(or $(KEPT),quiet.jsonl)

score: setup-test ## the scorecard: fixed seeds against simulations/floors.yaml (FRESH=1 draws fresh ones and only reports)
	@$(PY) -m app simulate --all --operator truthful --operator rubber_stamp --score \
	  $(if $(FRESH),--fresh --generate $(DRAWN),--floors all)

learn: setup-test ## learn anew what people ask, once an example was added in app/explain/examples
	@$(PY) -m tests.bench.teaching

lint: setup-test ## ruff: rules and formatting
	@$(PY) -m ruff check . && $(PY) -m ruff format --check .

types: setup-test ## mypy, strict
	@$(PY) -m mypy

contracts: setup-test ## the floors of the house, held by import-linter
	@$(VENV)/bin/lint-imports

measure: ## how readable the sources are: names, shapes and places, counted
	@$(PYTHON) packaging/measure.py

screens: setup-test ## screenshots of every page, light and dark, into docs/screens (while `make run` runs)
	@$(PY) tests/screen/take_screens.py

boot: setup ## start the product, wait until both ports answer, stop it
	@packaging/boot.sh $(PY)

vectors: setup ## make the vectors of the sentences in the packs anew, after some of them changed
	@PYTHONPATH=. $(PY) packaging/embed_sentences.py

lock: ## compile the locks anew (needs uv)
	@packaging/lock.sh

revision: setup ## write the skeleton of a new revision of the tables: make revision NAME="what it changes"
	@$(PY) -m app db revision "$(NAME)"

clean: ## remove environments, caches and reports; the data folder stays
	@rm -rf .venv .venv-lite reports .mypy_cache .ruff_cache .pytest_cache .coverage .import_linter_cache .hypothesis
