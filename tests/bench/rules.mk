# The benchmark's rules, for the Makefile to include; see docs/performance.md.
BENCH_HEADERS := $(wildcard tests/bench/*.h)
BENCH_GENERATE := $(addprefix tests/bench/,generate.c history.c merges.c message.c mono.c single.c stream.c text.c)
BENCH_CFLAGS := -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes
BENCH_TOOLS := $(BUILD)/bench/generate $(BUILD)/bench/measure
BENCH := RELRUN=$(BUILD)/relrun TOOLS=$(BUILD)/bench PEERS=$(BUILD)/peers sh tests/bench/bench.sh

$(BUILD)/bench/generate: $(BENCH_GENERATE) $(BENCH_HEADERS)
	@mkdir -p $(@D)
	@echo "cc $@"
	@$(CC) $(BENCH_CFLAGS) -o $@ $(BENCH_GENERATE)

$(BUILD)/bench/measure: tests/bench/measure.c
	@mkdir -p $(@D)
	@echo "cc $@"
	@$(CC) $(BENCH_CFLAGS) -o $@ $<

.PHONY: bench bench-full bench-peers bench-noise bench-http test-bench
#: bench  ratios against reference commands, on repositories of up to 20,000 commits
bench: $(BUILD)/relrun $(BENCH_TOOLS)
	@$(BENCH) quick
#: bench-full  the same on repositories of every size
bench-full: $(BUILD)/relrun $(BENCH_TOOLS)
	@$(BENCH) full
#: bench-peers  git-cliff as the reference (npm)
bench-peers: $(BUILD)/relrun $(BENCH_TOOLS)
	@PEERS=$(BUILD)/peers sh tests/bench/peers.sh
	@$(BENCH) peers
#: bench-noise  each reference beside itself: this machine's noise
bench-noise: $(BENCH_TOOLS)
	@$(BENCH) noise
#: bench-http  transfers beside curl
bench-http: $(BUILD)/relrun $(BENCH_TOOLS)
	@RELRUN=$(BUILD)/relrun TOOLS=$(BUILD)/bench sh tests/bench/http.sh
#: test-bench  the benchmark's own parts
test-bench: $(BENCH_TOOLS)
	@RELRUN=$(BUILD)/relrun TOOLS=$(BUILD)/bench sh tests/bench/test_bench.sh
