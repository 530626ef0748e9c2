# SPDX-License-Identifier: Apache-2.0
# The front door. Every target installs what it needs first (tools/setup.sh) and leaves the work to the programs it
# calls. The text behind ## is what `make help` prints; README.md has the same targets in a table.
BOARD = qemu-virt
MANIFEST = configs/root_task.toml
OUT = out/$(BOARD)
# Another kernel changes the image: only an argument of make names one, never what a shell happens to export.
ifneq ($(origin SEL4_PREFIX),command line)
SEL4_PREFIX =
unexport SEL4_PREFIX
endif
# More options for the emulator: --gic 3, --el2, --memory 2048, --port 4000, --no-net, …
BOOT_FLAGS =
SOAK_FLAGS =
# Flags of the shell, and of the one that boots: --ticket …, --transport 9p, …
COHSH_FLAGS = --role queen

NODE = node --import tsx
BUILD = $(NODE) compiler/src/coh-image.ts --manifest $(MANIFEST) --board $(BOARD) --out $(OUT) \
        $(if $(SEL4_PREFIX),--sel4-prefix $(SEL4_PREFIX))

.PHONY: boot cohsh image test check bench fuzz soak mount-test docs check-generated tools lint format clean setup setup-test help
.DEFAULT_GOAL := image

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)$$/\1\t\2/p' Makefile | while IFS="$$(printf '\t')" read -r name text; do \
	    printf '%-16s %s\n' "$$name" "$$text"; done

setup: ## installs what building and booting need, and only what is missing
	@sh tools/setup.sh

setup-test: ## the same, with what only the tests use
	@sh tools/setup.sh test

image: setup ## builds the image: OUT=dir, SEL4_PREFIX=dir, MANIFEST=file
	@$(BUILD)

boot: setup ## builds, and boots in QEMU with the serial console on the terminal: BOOT_FLAGS="--port 4000 --no-net …"
	@$(BUILD) >&2
	@node_modules/.bin/qemu-wasm-runner --image $(OUT)/image.elf $(BOOT_FLAGS)

cohsh: setup ## a shell on the image that runs, or on one that it boots: COHSH_FLAGS="--role queen"
	@if $(NODE) host/cohsh/terminal/listens.ts; then set --; \
	else $(BUILD) >&2 && set -- --transport qemu --qemu-out-dir $(OUT); fi && \
	$(NODE) host/cohsh/main.ts "$$@" $(COHSH_FLAGS)

test: setup-test lint check-generated ## everything that CI runs
	@npx --no-install vitest run

# Against which commit `make check` looks for changes; HEAD: what is not yet committed.
SINCE = HEAD
check: setup-test lint ## lint, types, and the unit tests that import what changed: SINCE=commit
	@npx --no-install vitest run --project unit --changed $(SINCE) --passWithNoTests

lint: setup ## types, imports, rules of the tree, lint rules, format
	@npx --no-install tsc -p tsconfig.json
	@$(NODE) tools/check-imports.ts
	@$(NODE) tools/check-tree.ts
	@npx --no-install eslint --cache --cache-location out/cache/eslint .
	@npx --no-install prettier --check --log-level warn --cache --cache-location out/cache/prettier .

format: setup ## formats all TypeScript and AssemblyScript
	@npx --no-install prettier --write --log-level warn .

bench: setup-test ## measures; the numbers go to out/bench.json
	@$(NODE) test/bench/bench.ts

# For `make fuzz`: how many requests, and which.
FUZZ_FRAMES = 10000000
FUZZ_SEED = 20260101
fuzz: setup-test ## ten million requests against the Secure9P server: FUZZ_FRAMES=n, FUZZ_SEED=n
	@NINEDOOR_FUZZ_FRAMES=$(FUZZ_FRAMES) NINEDOOR_FUZZ_SEED=$(FUZZ_SEED) npx --no-install vitest run test/unit/ninedoor/fuzz.test.ts

soak: setup-test ## 32 clients for ten minutes: SOAK_FLAGS="--minutes 10 --clients 32"
	@$(NODE) test/soak/soak.ts $(SOAK_FLAGS)

mount-test: ## a stock Linux kernel in a second machine mounts the file tree
	@sh tools/setup.sh mount
	@$(NODE) test/mount/mount.ts

docs: setup ## makes the generated parts of docs/ anew
	@$(NODE) compiler/src/coh-rtc.ts docs

# Made anew in a temporary folder, what is generated and committed must be what is there.
check-generated: setup ## compares what is generated and committed with what would be generated now
	@$(NODE) tools/check-generated.ts

tools: setup ## host tools as single files, the client library, and their licences, in out/host
	@$(NODE) tools/bundle.ts

clean: ## removes out/
	@rm -rf out
