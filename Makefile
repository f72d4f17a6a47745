# Phoenix Iris. `make help` lists what there is; README.md says what it is for.
# `make run` is set up by IRIS_DEV_* variables, the workers by every other IRIS_* variable of the environment.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run build test lint format bench install clean

PREFIX ?= /usr/local
DESTDIR ?=
SYSCONFDIR ?= /etc

PYTHON := PYTHONPATH=tools PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3
# Static against the Swift runtime, dynamic against Debian's libraries, so that security updates reach them.
RELEASE := swift build -c release --static-swift-stdlib --product iris-fcgi
DEBUG := swift build --product iris-fcgi
BUILD := $(if $(filter debug,$(IRIS_DEV_MODE)),$(DEBUG),$(RELEASE))
NGINX := $(DESTDIR)$(SYSCONFDIR)/nginx
# What a sysadmin edits; an installation over an older one leaves these as they are.
SITE_FILES := $(addprefix deploy/nginx/iris/,pools.conf origins.map unlimited.geo internal.geo proxies.conf logs.conf cache.conf)

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

install: ## install into $(DESTDIR)$(PREFIX); built before by `make build`
	@test -x .build/release/iris-fcgi || { echo "Nothing is built yet: run make build first, as the user who builds." >&2; exit 1; }
	install -D -m 0755 .build/release/iris-fcgi $(DESTDIR)$(PREFIX)/bin/iris-fcgi
	install -D -m 0644 schema.sql $(DESTDIR)$(PREFIX)/share/iris/schema.sql
	install -D -m 0644 docs/iris-fcgi.8 $(DESTDIR)$(PREFIX)/share/man/man8/iris-fcgi.8
	install -D -m 0644 deploy/iris.env.example $(DESTDIR)$(PREFIX)/share/doc/iris/iris.env.example
	install -D -m 0644 deploy/nginx/iris-maps.conf $(NGINX)/conf.d/iris-maps.conf
	install -D -m 0644 deploy/nginx/iris.conf $(NGINX)/snippets/iris.conf
	install -D -m 0644 -t $(NGINX)/iris $(filter-out $(SITE_FILES),$(wildcard deploy/nginx/iris/*))
	for file in $(notdir $(SITE_FILES)); do \
	  test -e $(NGINX)/iris/$$file || install -m 0644 deploy/nginx/iris/$$file $(NGINX)/iris/$$file; \
	done
	install -D -m 0644 deploy/logrotate/iris $(DESTDIR)$(SYSCONFDIR)/logrotate.d/iris
	test -e $(NGINX)/sites-available/iris || install -D -m 0644 deploy/nginx.conf $(NGINX)/sites-available/iris

clean: ## remove what was built and the development server's data
	@$(PYTHON) -m devserver.clean
	rm -rf .build
