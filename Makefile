# Văn Kiện — `make` alone shows what there is.
#
# Everything is installed into .venv and nowhere else. Stamps inside .venv carry a hash of what they stand for,
# so a second `make run` installs and builds nothing, and a `git pull` that changes nothing reinstalls nothing.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
HOST   ?= 127.0.0.1
PORT   ?= 8000
INDEX  ?= index-data
DOCS   ?= samples
JOBS   ?= 2

# torch stands alone: its CPU build has other hashes than its GPU build, so it cannot be in a file with hashes.
# The version is exact, and everything that torch itself needs is pinned with hashes in requirements/run.txt.
TORCH  := torch==2.13.0

VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check
SHA    := $(if $(shell command -v sha256sum),sha256sum,shasum -a 256)
hash    = $(shell cat $(1) 2>/dev/null | $(SHA) | cut -c1-16)

RUN_STAMP     := $(VENV)/.run-$(call hash,requirements/run.txt)-$(lastword $(subst =, ,$(TORCH)))
PROJECT_STAMP := $(VENV)/.project-$(call hash,pyproject.toml)
TEST_STAMP    := $(VENV)/.test-$(call hash,requirements/test.txt)
INDEX_STAMP    = $(VENV)/.index-$(shell echo '$(INDEX) $(DOCS)' | $(SHA) | cut -c1-8)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run index install test lint bench baseline train samples docs lock clean distclean

help: ## this list
	@echo "Văn Kiện: tìm kiếm trong văn kiện của Đảng / search in Vietnamese Party documents"
	@echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'
	@echo
	@echo "  PORT=$(PORT) HOST=$(HOST) INDEX=$(INDEX) DOCS=$(DOCS)  (each can be given: make run DOCS=/my/reports INDEX=my-index)"

run: index ## install, index samples/, serve the search page on 127.0.0.1:8000
	@$(BIN)/vankien serve --index '$(INDEX)' --host '$(HOST)' --port '$(PORT)' || [ $$? -eq 130 ]

# The index is asked for again only when the documents, the model or the code that reads them have changed;
# `vankien ingest` is incremental by itself, but a process start costs seconds that nobody should wait for twice. Exit code 1 says that some files could not be read (each is named): go on.
index: $(PROJECT_STAMP) ## read the documents of DOCS into INDEX
	@set -e; \
	key=$$({ find $(DOCS) -type f ! -name '.*' -print | LC_ALL=C sort; \
	         find $(DOCS) ingest index -type f ! -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 cat; } | $(SHA)); \
	if [ -d '$(INDEX)' ] && [ "$$key" = "$$(cat $(INDEX_STAMP) 2>/dev/null)" ]; then exit 0; fi; \
	echo "==> $(DOCS) → $(INDEX)"; \
	$(BIN)/vankien ingest $(DOCS) --index '$(INDEX)' --jobs $(JOBS) || [ $$? -eq 1 ]; \
	echo "$$key" > $(INDEX_STAMP)

install: $(PROJECT_STAMP) ## only create .venv and install

# Two workers of one thread each: with more, the numeric libraries' threads wait for each other and tests take ten times
# as long on two cores.
test: $(PROJECT_STAMP) $(TEST_STAMP) lint ## everything that is checked: style, types, tests
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	  echo "==> no chromium on this machine: the tests of the page in a browser are skipped; their names stand at the end"
	@tesseract --list-langs 2>/dev/null | grep -qx vie || \
	  echo "==> no Tesseract with Vietnamese on this machine: the tests that read scans are skipped; their names stand at the end"
	@command -v soffice >/dev/null || command -v libreoffice >/dev/null || \
	  echo "==> no LibreOffice on this machine: the tests that read DOC, RTF and ODT are skipped; their names stand at the end"
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(PROJECT_STAMP) $(TEST_STAMP) ## ruff and pyright
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright

bench: $(PROJECT_STAMP) ## quality and speed of the search on the gold queries of ../shared
	$(call need_shared,gold)
	$(BIN)/python -m benchmarks.retrieval

baseline: $(PROJECT_STAMP) ## renew the figures of the search that make test compares with
	$(BIN)/python -m benchmarks.baseline

train: $(PROJECT_STAMP) ## train the default encoder again from ../shared/data/training
	$(call need_shared,data/training)
	$(BIN)/python -m training all

samples: $(PROJECT_STAMP) $(TEST_STAMP) ## write the files of samples/ again from their source
	$(BIN)/python -m samples.build

docs: $(PROJECT_STAMP) ## docs/cli.md, docs/api.md and docs/settings.md again, from the code
	$(BIN)/python -m search_api.docs

lock: ## choose new versions: requirements/*.txt with hashes (KEEP=1: only add what is new)
	$(need_python)
	CUSTOM_COMPILE_COMMAND='make lock' TORCH='$(TORCH)' PYTHON='$(PYTHON)' KEEP='$(KEEP)' sh requirements/lock.sh

clean: ## remove the index of the samples and all caches
	rm -rf index-data dist .pytest_cache .ruff_cache .hypothesis *.egg-info $(VENV)/.index-*
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean ## clean, and remove .venv and what training keeps in build/
	rm -rf $(VENV) build

define need_python
@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || { \
  echo "Cần Python 3.11; máy này có / this machine has: $$( { "$(or $(PYTHON),python3)" --version || echo —; } 2>/dev/null | head -n 1)"; \
  echo "Python 3.11 is needed (the pinned packages are for it). Install it (Debian: apt install python3.11 python3.11-venv)"; \
  echo "or name it: make $(firstword $(MAKECMDGOALS)) PYTHON=/path/to/python3.11"; exit 1; } >&2
@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
  echo "Thiếu mô-đun venv / Python's venv module is missing (Debian: apt install python3.11-venv)."; exit 1; } >&2
endef

$(BIN)/python:
	$(need_python)
	@echo "==> $(VENV)"
	"$(PYTHON)" -m venv $(VENV)

define need_shared
@test -d ../shared/$(1) || { echo "make $@: ../shared/$(1) is not beside this checkout; without it there is nothing to read" >&2; exit 1; }
endef

# Wheels only: nothing that is downloaded runs while it is being installed.
$(RUN_STAMP): | $(BIN)/python
	@echo "==> packages (once; about 400 MB)"
	$(PIP) install --only-binary :all: $(TORCH)
	$(PIP) install --only-binary :all: --require-hashes --no-deps -r requirements/run.txt
	$(PIP) check
	@rm -f $(VENV)/.run-* && touch $@

$(PROJECT_STAMP): $(RUN_STAMP)
	$(PIP) install --quiet --no-deps --no-build-isolation --no-index -e .
	@rm -f $(VENV)/.project-* && touch $@

$(TEST_STAMP): $(PROJECT_STAMP)
	$(PIP) install --only-binary :all: --require-hashes --no-deps -r requirements/test.txt
	$(PIP) check
	@rm -f $(VENV)/.test-* && touch $@
