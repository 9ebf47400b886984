# Gannet. `make run` builds and serves examples/seed; `make test` runs every test.
GO       ?= go
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS   = -s -w -X main.version=$(VERSION)
PKGS      = ./...

.PHONY: all build run test race check fuzz bench bench-peers clean deps

all: build

build: bin/gannet

# Go's own build cache decides what is new.
.PHONY: bin/gannet
bin/gannet:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $@ ./cmd/gannet

run: build
	./bin/gannet dev --listen 127.0.0.1:8787 --origin examples/seed/site examples/seed

test: deps
	$(GO) test $(PKGS)

race: deps
	$(GO) test -race $(PKGS)

check:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'gofmt: the files above are not formatted'; exit 1; }
	$(GO) vet $(PKGS)
	$(GO) tool staticcheck $(PKGS)
	$(GO) test -run TestImportDirections .
	$(GO) mod tidy -diff

clean:
	rm -rf bin bench-out
