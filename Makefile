# Phoenix Iris. `make help` lists what there is; README.md says what it is for.
# `make run` is set up by IRIS_DEV_* variables, the workers by every other IRIS_* variable of the environment.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run build test lint format bench deb install clean

PREFIX ?= /usr/local
DESTDIR ?=
SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
BINARY ?= .build/release/iris-fcgi

PYTHON := PYTHONPATH=tools PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3
# Static against the Swift runtime, dynamic against Debian's libraries, so that security updates reach them; all of them
# bound at the start, so that the table of their addresses is read-only from then on.
RELEASE := swift build -c release --static-swift-stdlib --product iris-fcgi -Xlinker -z -Xlinker now
DEBUG := swift build --product iris-fcgi
BUILD := $(if $(filter debug,$(IRIS_DEV_MODE)),$(DEBUG),$(RELEASE))

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' Makefile | while IFS=$$'\t' read -r name text; do printf '  make %-9s %s\n' "$$name" "$$text"; done

run: ## install what is missing, build, start everything on http://127.0.0.1:8003 until Ctrl-C
	@tools/install-packages build run
	@$(BUILD)
	@exec env $(PYTHON) -m devserver

build: ## build the release program, .build/release/iris-fcgi
	@tools/install-packages build
	@$(RELEASE)

test: ## all tests: unit, integration, end to end
	@exec tools/test

lint: ## format, rules of the house, shell scripts, nginx configuration, units
	@exec tools/lint

format: ## format the Swift sources in place
	@swift format format --in-place --parallel --recursive Sources Tests Package.swift

bench: ## requests per second beside a C program behind the same nginx
	@tools/install-packages build run bench
	@$(RELEASE)
	@exec bench/run

deb: build ## make a Debian package, .build/deb/phoenix-iris_VERSION_ARCH.deb
	@tools/install-packages deb
	@tools/deb

install: ## install into $(DESTDIR)$(PREFIX); built before by `make build`
	@test -x $(BINARY) || { echo "Nothing is built yet: run make build first, as the user who builds." >&2; exit 1; }
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)' UNITDIR='$(UNITDIR)' tools/install '$(BINARY)'

clean: ## remove what was built and the development server's data
	@$(PYTHON) -m devserver.clean
	rm -rf .build
