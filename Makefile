# SPDX-License-Identifier: Apache-2.0
# The one front door. Everything is built by Meson; this only says what to run. See `make help`.
MAKEFLAGS += --no-print-directory
BUILD = build
PREFIX = /usr/local
SECONDS = 60
SEED = 1
CASE =
ACCEPT =
CORPUS = ../shared/corpus
TRAFFIC = $(HOME)/.cache/pipit-traffic

SANITIZE = -Db_lto=false -Db_lundef=false -Dtests=enabled -Db_sanitize

.PHONY: all deps demo check quick test golden fuzz bench torture traffic freeze model evaluate fmt docs new-proto install clean help

all: build/build.ninja
	@ninja -C build pipit

build/build.ninja:
	@command -v meson >/dev/null || { echo "meson is missing: run \`make deps\` as root first"; exit 1; }
	@CC="$${CC:-gcc}" meson setup build --prefix $(PREFIX) >build-setup.log 2>&1 || \
		{ cat build-setup.log; rm -rf build build-setup.log; exit 1; }
	@mv build-setup.log build/

build-asan/build.ninja:
	@CC=clang meson setup build-asan $(SANITIZE)=address,undefined -Doptimization=1 >/dev/null
build-fuzz/build.ninja:
	@CC=clang meson setup build-fuzz $(SANITIZE)=address,undefined -Dfuzzers=true >/dev/null

# Root: installs the Debian packages that are missing. Without network, once they are there.
deps:
	@sh tools/deps all

demo:
	@sh tools/deps build
	@$(MAKE) all
	@sh tools/demo

check:
	@sh tools/deps all
	@python3 tools/check

# The loop while working: unit and golden tests under sanitizers.
quick: build-asan/build.ninja
	@python3 tools/check quick

golden: all
	@python3 test/golden.py --build $(BUILD) $(if $(ACCEPT),--accept) $(CASE)

fuzz: build-fuzz/build.ninja
	@test -n "$(T)" || { echo "usage: make fuzz T=NAME [SECONDS=60]; names:"; \
		ninja -C build-fuzz -t targets all | sed -n 's|^src/fuzz_\([^:/.]*\):.*|  \1|p'; exit 2; }
	@ninja -C build-fuzz src/fuzz_$(T)
	@mkdir -p build-fuzz/corpus/$(T)
	build-fuzz/src/fuzz_$(T) -max_total_time=$(SECONDS) -timeout=10 -print_final_stats=1 \
		-artifact_prefix=build-fuzz/$(T)- build-fuzz/corpus/$(T)

bench: all
	@python3 bench/run.py

torture: build-asan/build.ninja
	@python3 tools/torture.py --seed $(SEED)

# Root: makes labelled captures with real programs in namespaces of their own; the programs are not installed.
traffic:
	@sh tools/deps traffic
	@python3 traffic/run.py $(NAME)
	@test -n "$(NAME)" || python3 traffic/generate.py

# Keeps what the workshop made as vectors: teach/traffic to learn from, teach/kept to measure with.
freeze: all
	@build/pipit train $(TRAFFIC)/manifest.tsv --root $(TRAFFIC) --vectors teach/traffic
	@build/pipit train $(TRAFFIC)/manifest.tsv --root $(TRAFFIC) --set unseen --vectors teach/kept

# Learns anew: from the captures of the manifest that are at hand (says how many are missing), and from
# the vectors of the workshop's flows.
model: all
	@test -d $(CORPUS) || { echo "there are no captures at $(CORPUS): make model CORPUS=folder;" \
		"teach/README.md tells which"; exit 2; }
	@build/pipit train teach/manifest.tsv --root $(CORPUS) --with teach/traffic --vectors teach/vectors --model teach/model.bin
	@echo "next: \`make\` builds it in, \`make evaluate\` measures what was learnt from"

evaluate: all
	@build/pipit evaluate teach/vectors --kept teach/kept --floors teach/floors

fmt:
	@clang-format -i $$(find src tools bench -name "*.[ch]")

docs: all
	@build/pipit schema --as md >docs/events.md
	@build/pipit schema --as man >docs/pipit.1
	@build/pipit schema --as bash >docs/pipit.bash

new-proto:
	@test -n "$(NAME)" || { echo "usage: make new-proto NAME=name"; exit 2; }
	@python3 tools/new_proto.py $(NAME)

install: all
	@meson configure build -Dprefix=$(PREFIX)
	@ninja -C build pipit
	@meson install -C build --no-rebuild

clean:
	rm -rf build build-gcc build-asan build-tsan build-fuzz build-bench

help:
	@echo 'make               build build/pipit'
	@echo 'make deps          install the Debian packages needed (root)'
	@echo 'make demo          build, make a small capture, analyse it'
	@echo 'make check         every test there is; the last line is the count'
	@echo 'make quick         unit and golden tests under sanitizers'
	@echo 'make golden        golden tests [CASE=topic/case] [ACCEPT=1] [BUILD=build]'
	@echo 'make fuzz T=NAME   fuzz one target with libFuzzer [SECONDS=60]'
	@echo 'make torture       damage every capture of the corpus, analyse the pieces [SEED=1]'
	@echo 'make bench         speed, memory, instructions by room'
	@echo 'make traffic       make captures with real programs [NAME=ssh] (root)'
	@echo 'make freeze        keep what make traffic made as vectors [TRAFFIC=~/.cache/pipit-traffic]'
	@echo 'make model         learn the built-in model anew [CORPUS=../shared/corpus]'
	@echo 'make evaluate      how good identification is, with its floors'
	@echo 'make fmt           format the sources'
	@echo 'make docs          write docs/events.md, the manual page and the completion anew'
	@echo 'make new-proto NAME=x   begin a protocol analyser'
	@echo 'make install       [PREFIX=/usr/local] [DESTDIR=]'
	@echo 'make clean         remove what was built'
