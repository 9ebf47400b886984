# Gannet. `make run` builds and serves examples/seed; `make test` runs every test.
GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  = -s -w -X main.version=$(VERSION)
PKGS     = ./...
# CASES and ROUNDS are for bench-peers.
CASES   ?= hello,hono,proxy
ROUNDS  ?= 5
# FUZZTIME is how long `make fuzz` gives each target.
FUZZTIME ?= 30s

.PHONY: all build run test race check fuzz bench bench-peers deps clean help

all: build

help:
	@echo 'make run         build and serve examples/seed on http://127.0.0.1:8787'
	@echo 'make build       bin/gannet, static'
	@echo 'make test        every test          make race   the same under the race detector'
	@echo 'make check       gofmt, vet, staticcheck, import directions, go.mod'
	@echo 'make fuzz        every fuzz target for FUZZTIME=30s'
	@echo 'make bench       Go benchmarks'
	@echo 'make bench-peers CASES=hello,hono,proxy ROUNDS=5   CPU per request beside other servers'

# Go's own build cache decides what is new.
.PHONY: bin/gannet
build: bin/gannet
bin/gannet:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $@ ./cmd/gannet

run: build
	./bin/gannet dev --listen 127.0.0.1:8787 --origin examples/seed/site examples/seed

# What the tests need besides Go.
deps:
	@command -v npm >/dev/null || { echo 'make: npm is missing: the tests of examples/hono need it (Debian: apt-get install npm)'; exit 1; }
	@command -v nginx >/dev/null || test -x /usr/sbin/nginx || { echo 'make: nginx is missing: the tests of examples/seed and net/h1 need it (Debian: apt-get install nginx)'; exit 1; }
	@test -d examples/hono/node_modules/hono || npm ci --no-audit --no-fund --prefix examples/hono

test: deps
	$(GO) test $(PKGS)

race: deps
	@test "$$($(GO) env CGO_ENABLED)" = 1 || { echo 'make: a C compiler is missing: the race detector needs it (Debian: apt-get install gcc libc6-dev)'; exit 1; }
	$(GO) test -race $(PKGS)

check:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "gofmt: not formatted: $$unformatted"; exit 1; }
	$(GO) vet $(PKGS)
	$(GO) tool staticcheck $(PKGS)
	$(GO) test -run TestImportDirections .
	$(GO) mod tidy -diff

fuzz:
	@for pkg in $$($(GO) list $(PKGS)); do \
	  for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    echo "$$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
	  done; \
	done

bench:
	$(GO) test -run '^$$' -bench . -benchmem $(PKGS)

bench-peers: build
	$(GO) run ./loadtest/peers -gannet bin/gannet -cases $(CASES) -rounds $(ROUNDS)

clean:
	rm -rf bin bench-out
