# The front door: `make` builds everything, `make run` serves it, `make test` proves it.
# Meson and ninja do the work; this file only says in which order.

BUILD  ?= build
J      ?= $(shell nproc)
LISTEN ?= 127.0.0.1:8080
DATA   ?= ./data
export BUILD J

.DEFAULT_GOAL := all
.PHONY: all install dev web program run test test-all asan bench lint format clean deps-build deps-test deps-long deps-bench

# Installs what is missing, builds the web app and the program with the web app in it: build/zhike.
all: deps-build web
	@$(MAKE) --no-print-directory program

# As above, then a server with the sample company, in the foreground: prints its address and the password.
run: all
	@exec $(BUILD)/zhike serve --demo --data $(DATA) --listen $(LISTEN)

# The program and its service, after `make`: sudo make install; DESTDIR= for a package of one's own.
install:
	@packaging/install $(BUILD)/zhike

# Everything; the last line is the tally.
test: deps-test web
	@tools/test lint unit api fault e2e page fuzz

# Unit and API tests once more, with AddressSanitizer, UndefinedBehaviorSanitizer and the debugging arena.
asan: deps-test
	@BUILD=$(BUILD)-asan CC=clang OPTIONS="-Dasan=true -Dwerror=true" tools/test unit api

# What takes longer than a change deserves: everything, the sanitizers, a minute for each fuzz target.
test-all: deps-long web
	@ZHIKE_TEST_ALL=1 FUZZ_SECONDS=60 tools/test lint unit api fault e2e page fuzz
	@tests/e2e/lighthouse
	@tests/support/postgres run tests/api/timing
	@tests/support/postgres run tests/api/sqlmap
	@$(MAKE) --no-print-directory asan

bench: deps-bench web
	@$(MAKE) --no-print-directory program
	@[ -x bench/run ] || { echo 'no bench/run yet' >&2; exit 1; }
	@bench/run

lint: deps-test
	@tools/test lint

format:
	@git ls-files -z --cached --others --exclude-standard '*.c' '*.h' | xargs -0 -r clang-format -i

clean:
	@rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-fuzz web/dist

# ---- the steps, also on their own -----------------------------------------------------------------------------------

deps-build:
	@tools/deps build

deps-test:
	@tools/deps test

deps-long:
	@tools/deps long

deps-bench:
	@tools/deps bench

web:
	@tools/web

program:
	@tools/configure $(BUILD) $(OPTIONS)
	@ninja -j$(J) -C $(BUILD) --quiet $$(tools/sources program)

# C only, tests included, with what is installed already.
dev:
	@tools/configure $(BUILD) $(OPTIONS)
	@ninja -k 0 -j$(J) -C $(BUILD)
