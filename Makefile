# The front door: `make` builds everything, `make run` serves it, `make test` proves it. Meson and ninja do the work;
# this file only says in which order.

BUILD ?= build
J     ?= $(shell nproc)

.DEFAULT_GOAL := all
.PHONY: all dev

all: dev

# The C part alone, with what is installed already: program (once src/app/main.c is there) and library.
dev:
	@tools/configure $(BUILD)
	@ninja -j$(J) -C $(BUILD)

format:
	@git ls-files -z --cached --others --exclude-standard "*.c" "*.h" | xargs -0 -r clang-format -i
