# The front door. Each goal is one line of work done by CMake or by a program in tools/.

PRESET ?= dev
BUILD := $(if $(filter dev,$(PRESET)),build,build/$(PRESET))
JOBS ?= $(shell nproc)
SECONDS ?= 60
TARGET ?=

.PHONY: help build run test bench lint lint-quick lint-tidy format fuzz deb clean
.DEFAULT_GOAL := help

help:
	@echo 'make build    build the programs into build/bin/'
	@echo 'make run      install what is missing, build, and start the programs (Ctrl-C stops them)'
	@echo 'make test     install what is missing, build, and run every test; the last line counts them'
	@echo '              PRESET=asan or PRESET=tsan: the same tests under a sanitizer'
	@echo 'make bench    measure speed and memory, and compare with nginx and PostgreSQL'
	@echo 'make lint     check format, includes, limits and clang-tidy on what changed since main'
	@echo '              LINT=--all: clang-tidy on every file; make lint-quick: without clang-tidy'
	@echo 'make format   format the C++ sources in place'
	@echo 'make fuzz     run each fuzz target for SECONDS=60, or only TARGET=name'
	@echo 'make deb      build Debian packages of both programs into build/release/'
	@echo 'make clean    remove build/'
	@echo
	@echo 'JOBS=N sets how many compilers and tests run at once (now $(JOBS)).'
	@echo 'Packages come from Debian 12 through tools/setup, as root or with sudo.'

# CMake regenerates the build files by itself afterwards; the presets it cannot watch.
$(BUILD)/.configured: CMakePresets.json
	@mkdir -p $(BUILD)
	@cmake --preset $(PRESET) > $(BUILD)/configure.log 2>&1 || { cat $(BUILD)/configure.log; exit 1; }
	@touch $@

define compile
@tools/setup $(1)
@$(MAKE) -s $(BUILD)/.configured
@cmake --build $(BUILD) -j $(JOBS) $(2)
endef

build:
	$(call compile,build test)

run: build
	@exec tools/run

test: build
	@tools/test --preset $(PRESET) --jobs $(JOBS)

bench:
	@test -x bench/run || { echo 'make bench: there is no bench/run' >&2; exit 1; }
	@$(MAKE) -s build-bench PRESET=bench
	@exec bench/run

.PHONY: build-bench build-fuzz
build-bench:
	$(call compile,build bench)

build-fuzz:
	$(call compile,build fuzz)

fuzz:
	@$(MAKE) -s build-fuzz PRESET=fuzz
	@exec tools/fuzz --seconds $(SECONDS) $(TARGET)

deb:
	@$(MAKE) -s build-deb PRESET=release
	@cd build/release && cpack > package.log || { cat package.log; exit 1; }
	@ls build/release/*.deb

.PHONY: build-deb
build-deb:
	$(call compile,build deb)

lint: lint-quick lint-tidy

lint-quick:
	@tools/setup lint
	@tools/lint

lint-tidy:
	@tools/setup build test lint
	@$(MAKE) -s $(BUILD)/.configured
	@tools/lint-tidy --build $(BUILD) --jobs $(JOBS) $(LINT)

format:
	@tools/setup lint
	@git ls-files -co --exclude-standard '*.cpp' '*.hpp' | xargs -r clang-format-19 -i

clean:
	rm -rf build
