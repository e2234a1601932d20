# The rules of the tests, for the Makefile to include: every suite leaves its output in $(BUILD)/results, and
# tests/tally.sh sums them.

RESULTS := $(BUILD)/results
SUITE   := sh tests/suite.sh $(RESULTS)
WRAPPED := malloc calloc realloc free write fsync fdatasync rename
UNIT_LIBS := $(shell $(PKG_CONFIG) --libs check 2>/dev/null)
E2E     := $(sort $(wildcard tests/e2e/*.lua))
FUZZ    := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZERS := $(FUZZ:tests/fuzz/fuzz_%.c=%)
FUZZ_SECONDS ?= 20
# Suites that talk to servers wait more than they work; so many run at a time.
JOBS    ?= $(shell nproc)
# Where files are made and gone in no time: they wait for no disk. No kill and no fault of the tests' own is one of a disk.
QUICK   := $(shell sh tests/quick.sh)
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SANITIZED := HARDEN='$(SANITIZE)' LDHARDEN=$(BUILD)/asan/tests/sanitizers.o

# All but main: test programs take from it what they need.
$(BUILD)/host.a: $(filter-out $(BUILD)/interp/main.o,$(OBJ)) $(BUILD)/embed_files.o
	@rm -f $@
	@$(AR) rcs $@ $^

UNIT_PROGRAMS := $(UNIT:tests/unit/test_%.c=$(BUILD)/unit/%)
$(UNIT_PROGRAMS): $(BUILD)/unit/%: $(BUILD)/tests/unit/test_%.o $(BUILD)/tests/unit/faults.o $(BUILD)/host.a
	@mkdir -p $(@D)
	@echo "link $@"
	@$(CC) $(CFLAGS) $(HARDEN) $(LDFLAGS) $(LDHARDEN) $(WRAPPED:%=-Wl,--wrap=%) -o $@ $^ $(UNIT_LIBS) $(LDLIBS)

REPLAYS := $(FUZZERS:%=$(BUILD)/replay/%)
$(REPLAYS): $(BUILD)/replay/%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/replay.o $(BUILD)/tests/fuzz/lua_target.o $(BUILD)/host.a
	@mkdir -p $(@D)
	@echo "link $@"
	@$(CC) $(CFLAGS) $(HARDEN) $(LDFLAGS) $(LDHARDEN) -o $@ $^ $(LDLIBS)

# The run-* words leave results and always succeed; a word for people sums what it ran.
.PHONY: run-unit run-corpora run-lua run-cases run-e2e
run-unit: $(UNIT_PROGRAMS)
	@rm -rf $(RESULTS)/unit
	@for name in $(UNIT:tests/unit/test_%.c=%); do $(SUITE) unit/$$name $(BUILD)/unit/$$name; done

run-corpora: $(REPLAYS)
	@rm -rf $(RESULTS)/corpora
	@for name in $(FUZZERS); do $(SUITE) corpora/$$name $(BUILD)/replay/$$name tests/fuzz/corpus/$$name; done

run-lua: $(BUILD)/relrun tools
	@rm -rf $(RESULTS)/lua
	@set -- tests/lua/test_*.lua; [ ! -e "$$1" ] || TEST_BUILD=$(BUILD) $(SUITE) lua/all $(BUILD)/relrun lua tests/run.lua "$$@"

# The harness's own tools: a fence, a killer and a saboteur (tests/tools).
.PHONY: tools
#: tools  build the harness's own tools
tools:
	@CC='$(CC)' sh tests/tools/build.sh $(BUILD)

run-cases: $(BUILD)/relrun tools
	@rm -rf $(RESULTS)/cases
	@[ ! -e tests/cases.lua ] || $(SUITE) cases/all $(BUILD)/relrun lua tests/cases.lua --build $(BUILD)

run-e2e: $(BUILD)/relrun tools
	@rm -rf $(RESULTS)/e2e
	@printf '%s\n' $(E2E) | TMPDIR=$(QUICK) xargs -P $(JOBS) -I{} sh -c 'TEST_BUILD=$(BUILD) \
	    $(SUITE) e2e/$$(basename {} .lua) $(BUILD)/relrun lua tests/run.lua {}'

.PHONY: unit lua-suites test asan valgrind fuzz
#: unit  the C suites, and the fuzzers' corpora
unit: run-unit run-corpora
	@sh tests/tally.sh $(RESULTS)/unit $(RESULTS)/corpora

#: lua-suites  the suites of the Lua modules
lua-suites: run-lua
	@sh tests/tally.sh $(RESULTS)/lua

# The compiler's flags are asked of pkg-config when make starts, so what was just installed needs a make of its own.
# Without the rights to install, the tests of what lacks are skipped and say so.
#: test  everything that needs no special rights, in a few minutes
test: deps
	@sh tests/deps.sh --optional $(TEST_DEPS)
	@$(MAKE) --no-print-directory run-all
	@sh tests/tally.sh $(RESULTS)/unit $(RESULTS)/corpora $(RESULTS)/lua $(RESULTS)/cases $(RESULTS)/e2e \
	    $(RESULTS)/bench

# The benchmark's own parts and the truth of the smallest repository: no clock in it.
.PHONY: run-bench
run-bench: $(BUILD)/relrun $(BENCH_TOOLS)
	@rm -rf $(RESULTS)/bench
	@RELRUN=$(BUILD)/relrun TOOLS=$(BUILD)/bench $(SUITE) bench/own sh tests/bench/test_bench.sh

.PHONY: run-all
run-all: run-unit run-corpora run-lua run-cases run-e2e run-bench

# Sanitizers take the place of the hardening, which has its own idea of the same functions. `asan-all` runs what
# starts relrun as well; the sweeps are left out, because ptrace and preloaded allocators are the sanitizers' own.
ASAN_SKIPS := tests/e2e/test_faults.lua tests/e2e/test_sweep.lua tests/e2e/test_kills.lua tests/e2e/test_flow_kills.lua \
    tests/e2e/test_guarded_kills.lua tests/e2e/test_forge_crashes.lua tests/e2e/test_memory_secrets.lua
ASAN_E2E := $(filter-out $(ASAN_SKIPS),$(E2E))
ASAN_RESULTS := $(BUILD)/asan/results
.PHONY: asan-build asan-all
asan-build:
	@$(MAKE) BUILD=$(BUILD)/asan HARDEN= $(BUILD)/asan/tests/sanitizers.o
	@$(MAKE) BUILD=$(BUILD)/asan $(SANITIZED) $(BUILD)/asan/relrun
#: asan  unit, corpora and Lua suites under the sanitizers
asan: asan-build
	@$(MAKE) BUILD=$(BUILD)/asan $(SANITIZED) run-unit run-corpora run-lua
	@sh tests/tally.sh $(ASAN_RESULTS)/unit $(ASAN_RESULTS)/corpora $(ASAN_RESULTS)/lua
#: asan-all  cases and end-to-end tests under the sanitizers, too
asan-all: asan-build
	@$(MAKE) BUILD=$(BUILD)/asan $(SANITIZED) E2E='$(ASAN_E2E)' run-unit run-corpora run-lua run-cases run-e2e
	@sh tests/tally.sh $(ASAN_RESULTS)/unit $(ASAN_RESULTS)/corpora $(ASAN_RESULTS)/lua $(ASAN_RESULTS)/cases \
	    $(ASAN_RESULTS)/e2e

# Memcheck sees what the sanitizers cannot: memory that was never written, in libgit2 and Lua too. It goes through the
# unit suites and through the demo: a plan, two releases and their repetitions. Not through the suite of the limits:
# a sealed process may make no system call of valgrind's. And not through that of processes: valgrind makes a fork of
# posix_spawn's vfork, so that a program which is not there is told by the child alone.
MEMCHECK := valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite
VALGRIND_RESULTS := $(BUILD)/results/valgrind
#: valgrind  the unit suites and the demo under memcheck
valgrind: $(BUILD)/relrun $(UNIT_PROGRAMS)
	@rm -rf $(VALGRIND_RESULTS); mkdir -p $(BUILD)/memcheck
	@for name in $(filter-out limits proc,$(UNIT:tests/unit/test_%.c=%)); do \
	    CK_TIMEOUT_MULTIPLIER=20 sh tests/suite.sh $(VALGRIND_RESULTS) $$name $(MEMCHECK) $(BUILD)/unit/$$name; done
	@printf '#!/bin/sh\nexec %s --child-silent-after-fork=yes %s "$$@"\n' '$(MEMCHECK)' '$(abspath $(BUILD))/relrun' \
	    > $(BUILD)/memcheck/relrun; chmod +x $(BUILD)/memcheck/relrun
	@sh tests/suite.sh $(VALGRIND_RESULTS) demo sh -c \
	    'sh tests/demo.sh $(BUILD)/memcheck/relrun && echo "1 passed, 0 failed" || { echo "0 passed, 1 failed"; exit 1; }'
	@sh tests/tally.sh $(VALGRIND_RESULTS)

# What the fuzzer finds new it keeps in $(BUILD)/fuzz; a crash is a file there, to be added to the corpus.
#: fuzz  every fuzzer for FUZZ_SECONDS (20)
fuzz:
	@$(MAKE) BUILD=$(BUILD)/fuzz CC=clang HARDEN='$(SANITIZE) -fsanitize=fuzzer-no-link' LDHARDEN= run-fuzz

.PHONY: run-fuzz
run-fuzz: $(FUZZERS:%=$(BUILD)/fuzzer/%)
	@set -e; for name in $(FUZZERS); do \
	    echo "fuzz $$name for $(FUZZ_SECONDS) s"; mkdir -p $(BUILD)/found/$$name; \
	    $(BUILD)/fuzzer/$$name -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 -verbosity=0 -timeout=10 \
	        -artifact_prefix=$(BUILD)/$$name- $(BUILD)/found/$$name tests/fuzz/corpus/$$name; done

$(FUZZERS:%=$(BUILD)/fuzzer/%): $(BUILD)/fuzzer/%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/lua_target.o $(BUILD)/host.a
	@mkdir -p $(@D)
	@echo "link $@"
	@$(CC) $(CFLAGS) $(HARDEN) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(LDLIBS)

.SECONDARY:
-include $(wildcard $(BUILD)/tests/*/*.d)

# Every kill point, every failing call, a thousand plans, twenty rounds of races: the forms that `make test` tries a part of.
# The longest ones begin first.
SWEEPS := flow_kills fault_matrix guarded_kills kills faults_release forge_crashes flow_races determinism_release races \
    guarded_races release_github
.PHONY: sweep
#: sweep  every kill point and every failing call, not a part of them; hours
sweep: $(BUILD)/relrun tools
	@rm -rf $(RESULTS)/sweep
	@printf '%s\n' $(SWEEPS) | TMPDIR=$(QUICK) TEST_BUILD=$(BUILD) RELRUN_SWEEP=all xargs -P $(JOBS) -I{} \
	    $(SUITE) sweep/{} $(BUILD)/relrun lua tests/run.lua tests/e2e/test_{}.lua
	@sh tests/tally.sh $(RESULTS)/sweep

# Peers that were not written for us judge the test forge: GitHub's description of its API through prism, gh, octokit.
# PEER_SUITES are the suites whose requests to the forge prism watches. Not part of `make test`: it needs node and npm.
# Those that ask for what is wrong, or break what is right, on purpose are not among them; nor is the one that ends relrun at
# its requests, for prism holds on to what nobody waits for any more.
NO_PEERS := $(addprefix tests/e2e/test_,fault_matrix.lua memory_secrets.lua $(addprefix forge_,itself.lua merges.lua runs.lua faults.lua))
PEER_SUITES := $(sort $(wildcard tests/peers/test_*.lua)) $(filter-out $(NO_PEERS), \
    $(sort $(shell grep -l 'forge_server\|github_stage\|require "flow"' tests/e2e/*.lua)))
.PHONY: test-peers
#: test-peers  the test forge judged by GitHub's API description, gh and octokit (node, npm)
test-peers: $(BUILD)/relrun tools
	@sh tests/deps.sh --optional gh $(shell cat tests/DEPS)
	@sh tests/peers/run.sh $(BUILD) $(PEER_SUITES)
