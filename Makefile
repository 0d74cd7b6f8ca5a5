# Every target is one line of `make help`.
# What is built goes to cargo's target folder (CARGO_TARGET_DIR is honoured), what runs keeps its data under data/.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

TARGET := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)
export CARGO_TARGET_DIR := $(TARGET)
# Programs of the build that cargo installs: kept beside what it builds.
TOOLS := $(or $(NEO_TOOLS),$(TARGET)/tools)
export NEO_TOOLS := $(TOOLS)
NEO := $(TARGET)/release/neo
SITE := $(TARGET)/site/neo.wasm.br
# Done once: what the build needs, and what the tests need as well.
SETUP := $(TARGET)/.neo-setup
READY := $(TARGET)/.neo-setup-tests
# A test waits for servers more than it computes.
export RUST_TEST_THREADS ?= $(shell expr 2 '*' $$(nproc))
# What the test servers have logged, with every statement of Neo's administrators.
SAID := $(TARGET)/administrator-log

SOURCES := $(shell find src app model migrations -type f) Cargo.toml Cargo.lock rust-toolchain.toml .cargo/config.toml
SITE_SOURCES := $(shell find app/src/islands model/src style public -type f) app/src/islands.rs app/src/lib.rs app/src/text.rs \
	app/Cargo.toml model/Cargo.toml Cargo.lock Cargo.toml tools/site.mjs package-lock.json

.PHONY: help run build test apps torture schemathesis dev demo e2e fmt lint bench check site clean-data faithful hostile worlds package deploy dist

help: ## What can be made
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/make \1\t\2/' | expand -t 16

run: build .env ## Set up, build, and serve the console with the data under data/
	exec $(NEO) serve

build: $(NEO) ## One release executable `neo` with the site inside it
	@echo "$(NEO)"

test: $(READY) ## Set up, then everything that has to be green: format, lint, all tests, budgets, browser
	$(MAKE) lint
	$(MAKE) site
	rm -rf $(SAID)
	NEO_ADMINISTRATOR_LOG=$(SAID) NEO_POSTGRES_18=$$(tools/postgres-18.sh || true) cargo test --workspace
	NEO_ADMINISTRATOR_LOG=$(SAID) cargo test --workspace --test it hostile::statements -- --include-ignored
	$(MAKE) check
	$(STORIES)

torture: $(SITE) $(READY) ## Faults at full count: kills, crashes, frozen and crowded servers, full disks; KILLS=500 CRASHES=20 CROWD=200
	cargo test -p neo-app --test it --no-run
	NEO_KILLS=$(or $(KILLS),500) NEO_CRASHES=$(or $(CRASHES),20) NEO_CROWD=$(or $(CROWD),200) NEO_BROWSERS=500 RUST_BACKTRACE=0 \
		cargo test -p neo-app --test it faults:: -- --nocapture --test-threads 2 2>&1 | grep --line-buffered -E '^torture:|^(kill|crash) |^test |panicked|^assertion|seed'

faithful: $(READY) ## Files through the engines' own programs and through Neo, failing at every statement, and glued at random; GLUE=300
	NEO_FAITHFUL=all NEO_FAITHFUL_GLUE=$(or $(GLUE),300) RUST_BACKTRACE=0 cargo test -p neo --test it faithful:: -- --test-threads 2

hostile: $(READY) ## What a tenant that means ill has prepared, before everything that Neo does: every engine, PostgreSQL 18 too
	rm -rf $(SAID)
	NEO_ADMINISTRATOR_LOG=$(SAID) NEO_POSTGRES_18=$$(tools/postgres-18.sh) RUST_BACKTRACE=0 cargo test -p neo --test it hostile::
	NEO_ADMINISTRATOR_LOG=$(SAID) cargo test -p neo --test it hostile::statements -- --include-ignored

apps: $(READY) ## The applications of docs/apps.md with the real packages, against a real console
	npm ci --prefix tests/apps --no-audit --no-fund --loglevel=error
	cargo test -p neo-app --test it apps:: -- --include-ignored

worlds: $(READY) ## Real programs between Neo and its servers, and before it (knex), a world a file in tests/worlds, with those that take long
	eighteen=$$(tools/postgres-18.sh) && NEO_POSTGRES_18=$$eighteen PATH=$$eighteen:$$PATH RUST_BACKTRACE=0 cargo test -p neo --test it -- worlds:: tenants::peculiar --include-ignored
	NEO_FAILOVERS=$${NEO_FAILOVERS:-20} RUST_BACKTRACE=0 cargo test -p neo-app --test it -- faults::patroni measures::promtool --include-ignored --nocapture

schemathesis: $(SITE) $(READY) ## Every function of a real server against its own document; EXAMPLES=25
	cargo build -p neo-app --bin neo
	NEO=$(TARGET)/debug/neo tools/schemathesis.sh

dev: $(SITE) .env ## Serve a debug build; the site's files are read from their folder
	cargo run -p neo-app --bin neo -- serve

demo: build .env ## `run` plus 25 tenants of which one will fail on the newest migration
	NEO=$(NEO) tools/demo.sh

# Of the executable that the tests have been built with: to build it by itself selects other features, and half of the crates anew.
STORIES = NEO=$(TARGET)/debug/neo npx playwright test --config end2end/playwright.config.mjs

e2e: $(SITE) $(READY) ## The story in Chromium, scripts on and off (debug build); WALK=all: every page as everybody
	cargo test --workspace --no-run
	$(STORIES)

package: build ## A Debian package of this machine's executable, with its units
	tools/package.sh

dist: $(SITE) ## What is given away: a static executable (musl), packed and as a Debian package, with checksums and what it is made of
	tools/dist.sh

deploy: dist ## What operators deploy with, tried in Debians of their own (root, debootstrap, systemd-container, buildah, docker-compose)
	set -e; for it in tests/deploy/[a-z]*.sh; do [ $$it = tests/deploy/lib.sh ] || { echo "$$it"; $$it; }; done

fmt: ## Format the code
	cargo fmt --all

lint: $(READY) ## Format check, clippy with -D warnings, the model for the browser, no server crate in the browser's part, dependencies
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo check -p neo-model --target wasm32-unknown-unknown
	tools/wasm-tree.sh
	tools/dependencies.sh

bench: build ## Figures: sizes, and Neo beside its peers on the same databases (BENCH passes options, BENCH_AGAINST=REV puts that commit beside)
	node tools/budget.mjs $(TARGET)/site
	set -e; export NEO=$(NEO) NEO_AGAINST=; if [ -n "$(BENCH_AGAINST)" ]; then NEO_AGAINST=$$(benches/fleet/against.sh "$(BENCH_AGAINST)"); fi; \
	python3 benches/fleet/bench.py --engine postgres $(BENCH); \
	python3 benches/fleet/bench.py --engine mysql --work W,W0 $(BENCH); \
	python3 benches/fleet/scale.py; \
	python3 benches/fleet/provision.py; \
	python3 benches/fleet/start.py

check: $(SITE) ## The bundle within its budgets
	node tools/budget.mjs $(TARGET)/site

site: $(SITE) ## Style, fonts, icons and islands, packed

$(SETUP): tools/setup.sh tools/bindgen/Cargo.toml package-lock.json rust-toolchain.toml Cargo.lock
	tools/setup.sh
	@mkdir -p $(@D) && touch $@

$(READY): $(SETUP) tools/python-tools.txt
	tools/setup.sh tests
	@mkdir -p $(@D) && touch $@

$(SITE): $(SITE_SOURCES) | $(SETUP)
	node tools/site.mjs --target $(TARGET) --bindgen $(TOOLS)/bindgen/debug/neo-bindgen
	@touch $@

$(NEO): $(SITE) $(SOURCES)
	cargo build --release -p neo-app --bin neo
	@touch $@

# A fresh key, once; nobody else may read it.
.env: | $(NEO)
	@umask 077 && { echo "# The key that seals the tenants' credentials. Lose it, and they are lost."; \
		echo "DB_ENCRYPTION_KEY=$$($(NEO) key generate)"; } > .env.new && mv .env.new .env && echo "wrote .env with a fresh DB_ENCRYPTION_KEY"
