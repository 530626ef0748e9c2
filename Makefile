# SPDX-License-Identifier: Apache-2.0
# The front door. Every target installs what it needs first (tools/setup.sh) and leaves the work to the programs it calls.
#   make boot [SEL4_PREFIX=…]         build and boot in QEMU, serial console on the terminal
#   make test                         everything that CI runs
#   make image [SEL4_PREFIX=…] [OUT=…] build the image only
#   make cohsh                        a shell on the running image; boots one if none runs
#   make soak, make mount-test        longer tests of the network
#   make fuzz                         ten million requests against the Secure9P server
BOARD ?= qemu-virt
MANIFEST ?= configs/root_task.toml
OUT ?= out/$(BOARD)
SEL4_PREFIX ?=
# More options for the emulator: --gic 3, --el2, --memory 2048, --port 4000, --no-net, …
BOOT_FLAGS ?=
SOAK_FLAGS ?=
# Flags of the shell, and of the one that boots: --ticket …, --transport 9p, …
COHSH_FLAGS ?= --role queen

NODE = node --import tsx
BUILD = $(NODE) compiler/src/coh-image.ts --manifest $(MANIFEST) --board $(BOARD) --out $(OUT) \
        $(if $(SEL4_PREFIX),--sel4-prefix $(SEL4_PREFIX))

.PHONY: boot cohsh image test bench fuzz soak mount-test docs check-generated tools lint format clean setup setup-test
.DEFAULT_GOAL := image

setup:
	@sh tools/setup.sh

setup-test:
	@sh tools/setup.sh test

image: setup
	@$(BUILD)

boot: setup
	@$(BUILD) >&2
	@$(NODE) qemu/src/boot.ts --image $(OUT)/image.elf $(BOOT_FLAGS)

cohsh: setup
	@if $(NODE) host/cohsh/terminal/listens.ts; then set -- --transport tcp; \
	else $(BUILD) >&2 && set -- --transport qemu --qemu-out-dir $(OUT); fi && \
	$(NODE) host/cohsh/main.ts "$$@" $(COHSH_FLAGS)

test: setup-test lint check-generated
	@npx --no-install vitest run

lint: setup
	@npx --no-install tsc -p tsconfig.json
	@$(NODE) tools/check-imports.ts
	@npx --no-install eslint --cache --cache-location out/cache/eslint .
	@npx --no-install prettier --check --log-level warn --cache --cache-location out/cache/prettier .

format: setup
	@npx --no-install prettier --write --log-level warn .

bench: setup-test
	@$(NODE) test/bench/bench.ts

# Ten million requests of every kind against the server's own wasm: FUZZ_FRAMES=1000000 for fewer, FUZZ_SEED=n for others.
FUZZ_FRAMES ?= 10000000
FUZZ_SEED ?= 20260101
fuzz: setup-test
	@NINEDOOR_FUZZ_FRAMES=$(FUZZ_FRAMES) NINEDOOR_FUZZ_SEED=$(FUZZ_SEED) npx --no-install vitest run test/unit/ninedoor/fuzz.test.ts

# Many clients for a long time: SOAK_FLAGS="--minutes 10 --clients 32".
soak: setup-test
	@$(NODE) test/soak/soak.ts $(SOAK_FLAGS)

# A stock Linux kernel in a second machine mounts the tree.
mount-test:
	@sh tools/setup.sh mount
	@$(NODE) test/mount/mount.ts

docs: setup
	@$(NODE) compiler/src/coh-rtc.ts docs

# Made anew in a temporary folder, what is generated and committed must be what is there.
check-generated: setup
	@$(NODE) tools/check-generated.ts

# The host tools as single files, out/host/<tool>.mjs.
tools: setup
	@$(NODE) tools/bundle.ts

clean:
	@rm -rf out
