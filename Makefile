# SeaX. "make" alone lists what there is.

.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

export GOTOOLCHAIN ?= local
export GOFLAGS ?= -buildvcs=false

# The race detector needs a C compiler; without one tests run without it.
RACE := $(shell command -v cc >/dev/null 2>&1 && echo -race)

GO_SOURCES  := $(shell find . -name '*.go' -not -path '*/node_modules/*' -not -path './web/dist/*')
WEB_SOURCES := $(shell find web/src web/public web/index.html web/vite.config.ts web/package.json -type f 2>/dev/null)
WIDGET_SOURCES := $(shell find web/widget -type f -not -path '*/node_modules/*' 2>/dev/null)

# The npm packages with code of ours.
PACKAGES := $(patsubst %/package.json,%,$(wildcard web/package.json web/widget/package.json))
LAB      := $(if $(wildcard web/widget/package.json),deploy/local/lab/dist/lab.js)
WIDGET   := $(if $(wildcard web/widget/package.json),web/dist/widget/seax.js)

GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.6.1
WORKFLOWCHECK := go.temporal.io/sdk/contrib/tools/workflowcheck@v0.6.0

##@ Using it

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: bin/seax-local ## Start everything on this machine (RESET=1 begins anew)
	@exec ./bin/seax-local $(if $(RESET),--reset)

.PHONY: test
test: test-go test-web test-local $(if $(wildcard web/e2e/package.json),e2e) ## Run every test

##@ Parts of it

.PHONY: build
build: bin/seax bin/seax-local ## Build the binaries

.PHONY: test-go
test-go: deploy/local/node_modules ## Go: units, properties, flows, replays, Postgres
	go vet ./...
	go test $(RACE) ./...

.PHONY: test-web
test-web: $(PACKAGES:%=%/node_modules) web/e2e/node_modules ## Client and widget: types, lint, units
	for package in $(PACKAGES); do npm run --silent --prefix $$package check; npm test --silent --prefix $$package; done
	npm run --silent --prefix web/e2e check

.PHONY: test-local
test-local: bin/seax bin/seax-local ## The local stack: restarts, faults, a crowd
	cd deploy/local && go vet ./... && go test -timeout 45m ./...

.PHONY: soak
soak: bin/seax bin/seax-local ## All channels at once through providers that misbehave (MESSAGES=20000)
	cd deploy/local && go test -timeout 3h -run TestSoak -v ./faults -messages $(or $(MESSAGES),20000)

.PHONY: e2e
e2e: bin/seax-local web/e2e/node_modules ## The story in a real browser (Chromium)
	npm test --silent --prefix web/e2e

.PHONY: bench
bench: bin/seax bin/seax-local ## Measure; writes bench.json and a table (CUSTOMERS=, AGENTS=, SECONDS_EACH=)
	cd deploy/local && go run ./bench $(if $(CUSTOMERS),-customers $(CUSTOMERS)) $(if $(AGENTS),-agents $(AGENTS)) $(if $(SECONDS_EACH),-seconds $(SECONDS_EACH))

.PHONY: mutants
mutants: deploy/local/node_modules ## Break routing on purpose; the tests must notice each time
	go run ./internal/mutation $(if $(ONLY),-only "$(ONLY)")

.PHONY: lint
lint: ## Linters, import rules, determinism of workflows
	go run $(GOLANGCI_LINT) run ./...
	cd deploy/local && go run $(GOLANGCI_LINT) run --config ../../.golangci.yml ./...
	go run $(WORKFLOWCHECK) -config workflowcheck.yml ./workflows/...

.PHONY: generate
generate: web/node_modules ## Make generated code anew (API types of server and client)
	go generate ./...
	npm run --silent --prefix web generate

.PHONY: fixtures
fixtures: bin/seax-local ## Record histories for the replay tests (from released code only)
	cd deploy/local && go run ./fixtures ../../workflows/testdata/replay

.PHONY: clean
clean: ## Remove what was built (not the data in .data)
	rm -rf bin web/dist/* deploy/local/lab/dist/* web/node_modules web/widget/node_modules web/e2e/node_modules deploy/local/node_modules

# What is built -----------------------------------------------------------------------------------------------------------

.PHONY: has-go
has-go:
	@command -v go >/dev/null || { echo "SeaX needs Go 1.26; install it and try again." >&2; exit 1; }

bin/seax: $(GO_SOURCES) web/dist/index.html $(WIDGET) | has-go
	@mkdir -p bin
	go build -o $@ ./cmd/seax

bin/seax-local: $(GO_SOURCES) web/dist/index.html $(WIDGET) $(LAB) deploy/local/node_modules | has-go
	@deploy/local/build.sh

web/dist/index.html: $(WEB_SOURCES) web/node_modules
	@echo "Building the agent client ..."
	@keep=$$(mktemp -d); [ ! -d web/dist/widget ] || cp -rp web/dist/widget web/dist/demo $$keep/; \
	npm run --silent --prefix web build -- --logLevel warn; \
	cp -rp $$keep/. web/dist/; rm -rf $$keep; touch $@

web/dist/widget/seax.js: $(WIDGET_SOURCES) web/widget/node_modules | web/dist/index.html
	@echo "Building the webchat widget ..."
	@npm run --silent --prefix web/widget build; touch $@

deploy/local/lab/dist/lab.js: web/dist/widget/seax.js
	@[ -f $@ ] || npm run --silent --prefix web/widget build; touch $@

%/node_modules: %/package.json %/package-lock.json
	@command -v npm >/dev/null || { echo "SeaX needs Node 20 or newer, with npm; install it and try again." >&2; exit 1; }
	@echo "Installing packages of $* ..."
	@npm ci --silent --no-audit --no-fund --prefix $*
	@touch $@
