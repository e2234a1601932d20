# relrun: everything is built in $(BUILD); `make help` lists the targets, from the lines that begin with #: before them.
BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= gcc
PKG_CONFIG ?= pkg-config
VERSION := 0.1.0

PACKAGES := lua5.4 libcjson zlib
CPPFLAGS += -D_GNU_SOURCE -DRELRUN_VERSION='"$(VERSION)"' $(shell $(PKG_CONFIG) --cflags $(PACKAGES) libcrypto libgit2 libcurl 2>/dev/null)
CFLAGS   ?= -O2 -g
CFLAGS   += -std=c11 -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes
HARDEN   ?= -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fstack-clash-protection -fcf-protection -fPIE
LDHARDEN ?= -pie -Wl,-z,relro,-z,now
# What the program puts in the place of a library's: see interp/prim/repo_library.c.
EXPORTS  := -Wl,--export-dynamic-symbol=mbedtls_x509_crt_parse_file
LDLIBS   += $(shell $(PKG_CONFIG) --libs $(PACKAGES) 2>/dev/null) -ldl

PRIM  := $(sort $(wildcard interp/prim/*.c))
HOST  := $(sort $(wildcard interp/*.c interp/bind/*.c interp/sandbox/*.c))
LUA   := $(sort $(shell find stdlib -name '*.lua') $(wildcard specs/*.lua))
UNIT  := $(sort $(wildcard tests/unit/test_*.c))
OBJ   := $(PRIM:%.c=$(BUILD)/%.o) $(HOST:%.c=$(BUILD)/%.o)

.PHONY: all
#: all  build $(BUILD)/relrun; what plain make does
all: $(BUILD)/relrun

$(BUILD)/relrun: $(OBJ) $(BUILD)/embed_files.o
	@echo "link $@"
	@$(CC) $(CFLAGS) $(HARDEN) $(LDFLAGS) $(LDHARDEN) $(EXPORTS) -o $@ $^ $(LDLIBS)

# libcrypto is loaded with the first digest (interp/prim/digest.c), libgit2 when a repository is first opened
# (interp/prim/repo_library.c), libcurl with the first request (interp/prim/wire.c): together they would treble the
# start-up time of every command that needs none of them.
SONAME = $(shell objdump -p $$($(PKG_CONFIG) --variable=libdir $(1))/$(1).so 2>/dev/null | awk '$$1 == "SONAME" { print $$2 }')
$(BUILD)/interp/prim/digest.o: CPPFLAGS += -DLIBCRYPTO_SONAME='"$(call SONAME,libcrypto)"'
$(BUILD)/interp/prim/repo_library.o: CPPFLAGS += -DLIBGIT2_SONAME='"$(call SONAME,libgit2)"'
$(BUILD)/interp/prim/wire.o: CPPFLAGS += -DLIBCURL_SONAME='"$(call SONAME,libcurl)"'

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "cc $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) $(HARDEN) -MMD -MP -c -o $@ $<

# The standard library is compiled by the Lua that runs it: its text takes six times as long to load. The text goes
# along, for a day on which another Lua is installed (interp/host.c).
COMPILED := $(patsubst %.lua,%.luac,$(filter stdlib/%,$(LUA)))
$(BUILD)/precompile: interp/tools/precompile.c
	@mkdir -p $(@D)
	@$(CC) $(CPPFLAGS) $(CFLAGS) -o $@ $< $(LDLIBS)

$(BUILD)/stdlib/%.luac: stdlib/%.lua $(BUILD)/precompile
	@mkdir -p $(@D)
	@$(BUILD)/precompile $< > $@.new
	@mv $@.new $@

$(BUILD)/embed_files.c: interp/embed.sh $(LUA) $(COMPILED:%=$(BUILD)/%) $(BUILD)/lua.list
	@sh interp/embed.sh $(foreach f,$(LUA),$(f)=$(f)) $(foreach f,$(COMPILED),$(f)=$(BUILD)/$(f)) > $@.new
	@mv $@.new $@

$(BUILD)/embed_files.o: $(BUILD)/embed_files.c
	@$(CC) $(CPPFLAGS) -Iinterp $(CFLAGS) $(HARDEN) -c -o $@ $<

# Rewritten only when the list of embedded files changes, so that a removed file rebuilds too.
$(BUILD)/lua.list: FORCE
	@mkdir -p $(@D)
	@echo '$(LUA)' | cmp -s - $@ || echo '$(LUA)' > $@
.PHONY: FORCE
FORCE:

-include $(OBJ:.o=.d)

# Set-up. `make demo` and `make test` install what a fresh Debian 12 lacks.
DEPS := gcc make binutils pkg-config git ca-certificates liblua5.4-dev libgit2-dev libcurl4-openssl-dev libcjson-dev libssl-dev zlib1g-dev check
TEST_DEPS = clang libclang-rt-14-dev lua-check valgrind $(shell cat tests/DEPS)

# What is written down of the words, options and exit codes, made from their rows.
.PHONY: docs
#: docs  write what is made from the rows: docs/reference.md, docs/release.d.lua, the README's console
docs: $(BUILD)/relrun tools
	@$(BUILD)/relrun lua tests/tools/reference.lua
	@$(BUILD)/relrun lua tests/tools/readme.lua

.PHONY: help deps test-deps install uninstall demo lint clean
#: help  these lines
help:
	@awk '/^#: / { name = $$2; $$1 = $$2 = ""; sub(/^ +/, ""); printf "  %-12s %s\n", name, $$0 }' Makefile tests/rules.mk tests/bench/rules.mk
#: deps  install the packages that a build needs (Debian 12)
deps:
	@sh tests/deps.sh $(DEPS)
#: test-deps  install those of the tests, too
test-deps: deps
	@sh tests/deps.sh $(TEST_DEPS)
#: install  install relrun, and the words for editors, below $(PREFIX)
install: $(BUILD)/relrun
	install -D -m 755 $(BUILD)/relrun $(DESTDIR)$(PREFIX)/bin/relrun
	install -D -m 644 docs/release.d.lua $(DESTDIR)$(PREFIX)/share/relrun/release.d.lua
#: uninstall  take both away again
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/relrun $(DESTDIR)$(PREFIX)/share/relrun/release.d.lua
	@rmdir $(DESTDIR)$(PREFIX)/share/relrun 2> /dev/null || true
# The compiler's flags are asked of pkg-config when make starts, so what was just installed needs a make of its own.
#: demo  install what lacks, build, and live two releases in a temporary folder
demo: deps
	@$(MAKE) --no-print-directory all
	@sh tests/demo.sh $(BUILD)/relrun
#: lint  search for what breaks the house's rules
lint:
	@sh tests/lint.sh
#: clean  remove $(BUILD)
clean:
	rm -rf $(BUILD)

include tests/bench/rules.mk
include tests/rules.mk
