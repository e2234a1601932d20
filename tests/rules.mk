# The rules of the tests, for the Makefile to include: every suite leaves its output in $(BUILD)/results, and
# tests/tally.sh sums them.

RESULTS := $(BUILD)/results
SUITE   := sh tests/suite.sh $(RESULTS)
WRAPPED := malloc calloc realloc free write fsync fdatasync rename
UNIT_LIBS := $(shell $(PKG_CONFIG) --libs check 2>/dev/null)
FUZZ    := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZERS := $(FUZZ:tests/fuzz/fuzz_%.c=%)
FUZZ_SECONDS ?= 20
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SANITIZE_ENV := ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
