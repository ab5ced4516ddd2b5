# Targets around the build: checks, analysis, fuzzing, installation.

FOLDERS     := $(ARCHIVES) $(PROGRAM_FOLDERS)
ALL_SOURCES := $(foreach f,$(FOLDERS),$($(f)_SOURCES)) milter/main.c cli/main.c

.PHONY: help
help:
	@echo "all                    build postseal-milter and postseal (BUILD=$(BUILD))"
	@echo "check                  unit tests, attacks, corpus, programs, layers, headers, docs, fuzz seeds: no root, no network"
	@echo "unit-FOLDER            the unit tests of one folder"
	@echo "check-attacks          each attack on the gateway and what became of it (UNIT_ARGS='efail marks': families)"
	@echo "check-asan check-tsan check-valgrind   the unit tests under a sanitizer, or valgrind"
	@echo "check-layers check-headers check-docs check-programs check-replay check-corpus   parts of check"
	@echo "check-interop          every algorithm both ways with OpenSSL, gpgsm, NSS and Bouncy Castle: a table"
	@echo "check-faults           the programs die at every place and fail at every operation (LONG=1: all of them)"
	@echo "check-long             sanitizers, fuzz time, scale"
	@echo "lint format coverage bench"
	@echo "fuzz                   every target for FUZZ_SECONDS=$(FUZZ_SECONDS) of processor time; CORPUS=folder TALLY=file keep what comes of it"
	@echo "fuzz-programs fuzz-minimise   what fuzz runs; the corpus made small"
	@echo "install uninstall      PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)"

# ---- the tree holds together --------------------------------------------------
.PHONY: check-layers check-headers check-docs
check-layers:
	@contrib/check-layers
	@contrib/check-layers --self-test
.PHONY: check-crashpoints
check-crashpoints:
	@contrib/check-crashpoints
	@contrib/check-crashpoints --self-test
.PHONY: check-symbols
check-symbols: $(foreach f,$(FOLDERS),$(call archive,$(f)))
	@contrib/check-symbols $^
check-headers:
	@contrib/check-headers $(CC) $(CPPFLAGS_ALL) $(filter-out -MMD -MP,$(CFLAGS_ALL)) $(CHECK_CFLAGS)
check-docs:
	@contrib/check-docs
	@contrib/check-docs --self-test

# ---- the programs as a user meets them: no root, no MTA -------------------------
.PHONY: check-programs
check-programs: all $(TOOL_PROGRAMS)
	@BUILD=$(BUILD) tests/programs/run

# ---- other S/MIME software as correspondents: no root, no network ---------------------
.PHONY: check-interop
check-interop: all
	@BUILD=$(BUILD) tests/interop/run.py

# ---- every file of tests/data, whole, octet by octet and cut off: prints the table of outcomes
.PHONY: check-corpus
check-corpus: $(CORPUS_PROGRAM)
	$(RUNNER) $< $(CORPUS_SUITES)

# ---- programs that die and fail on demand: base/crashpoints.def, tests/faults/shim.c -----------------------------
# LONG=1: every occurrence of every fault, not some of each.
$(BUILD)/tests/faults/shim.so: tests/faults/shim.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -D_GNU_SOURCE -O2 -g $(filter-out -Wconversion,$(WARNINGS)) -fPIC -shared -o $@ $<
.PHONY: check-faults fault-programs
fault-programs: all $(BUILD)/tests/faults/shim.so
check-faults:
	@$(MAKE) FAULTS=yes BUILD=$(BUILD)/faults fault-programs
	@BUILD=$(BUILD)/faults tests/faults/run

# ---- fuzzing: the same entry points, replayed by a plain main or driven by libFuzzer
FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_SECONDS ?= 300
FUZZ_BUILD   := $(BUILD)/libfuzzer

# Who mutates its input by structure, not only octet by octet.
$(foreach t,certificate cms_open cms_verify cms_walk pkcs12,$(eval MUTATOR_$(t) := tests/fuzz/mutator_der.o tests/fuzz/mutate_der.o))
MUTATOR_layers := tests/fuzz/mutator_message.o tests/fuzz/mutate_der.o

# Who needs a whole organisation, as the unit tests make it.
SUPPORT_gateway := $(call objects,tests/fuzz/check_plain.c $(TEST_SUPPORT_SOURCES) tests/unit/crypto/cms_support.c tests/unit/crypto/forge.c \
	tests/unit/gateway/mta.c tests/unit/gateway/office.c tests/unit/gateway/world.c tests/unit/net/peer.c)
# Of programs no archive is made for others.
SUPPORT_postfix_files := $(call objects,cli/postfix_files.c)

define FUZZ_RULE
$(BUILD)/tests/fuzz/replay-$(1): $(BUILD)/tests/fuzz/fuzz_$(1).o $(BUILD)/tests/fuzz/replay_main.o $(SUPPORT_$(1)) $(LIBS_ALL)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $$@ $$^ $(LIB_LIBS)
$(BUILD)/tests/fuzz/fuzz-$(1): $(BUILD)/tests/fuzz/fuzz_$(1).o $(MUTATOR_$(1):%=$(BUILD)/%) $(SUPPORT_$(1)) $(LIBS_ALL)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -fsanitize=fuzzer -o $$@ $$^ $(LIB_LIBS)
endef
$(foreach t,$(FUZZ_TARGETS),$(eval $(call FUZZ_RULE,$(t))))
.PRECIOUS: $(BUILD)/tests/fuzz/replay-% $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/replay_main.o
$(BUILD)/tests/fuzz/fuzz_gateway.o: CFLAGS += $(CHECK_CFLAGS)

.PHONY: check-replay fuzz fuzzers fuzz-programs fuzz-minimise
check-replay: $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/replay-%)
	@for t in $(FUZZ_TARGETS); do \
		$(RUNNER) $(BUILD)/tests/fuzz/replay-$$t tests/fuzz/seeds/$$t || exit 1; done
fuzzers: $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/fuzz-%)
fuzz-programs:
	$(MAKE) BUILD=$(FUZZ_BUILD) CC="$(FUZZ_CC)" SANITIZE=address CFLAGS=-fsanitize=fuzzer-no-link fuzzers
FUZZ_CC ?= clang
# CORPUS=folder keeps what grows; TALLY=tests/fuzz/tally adds to the sums.
CORPUS ?= $(FUZZ_BUILD)/corpus
TALLY  ?= $(FUZZ_BUILD)/tally
fuzz: fuzz-programs
	BUILD=$(FUZZ_BUILD) CORPUS=$(CORPUS) SLICE=$(FUZZ_SECONDS) TALLY=$(TALLY) contrib/fuzz-round $(FUZZ_TARGETS)
fuzz-minimise: fuzz-programs
	BUILD=$(FUZZ_BUILD) CORPUS=$(CORPUS) contrib/fuzz-round --minimise $(FUZZ_TARGETS)

# ---- sanitizers -----------------------------------------------------------------
# Leaks in GLib's and OpenSSL's one-time initialisation are listed in tests/*.supp.
.PHONY: check-asan check-tsan check-valgrind check-long
check-asan:
	CK_TIMEOUT_MULTIPLIER=100 ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1 \
	LSAN_OPTIONS=suppressions=tests/lsan.supp:print_suppressions=0 \
	$(MAKE) BUILD=$(BUILD)/asan SANITIZE=address CORPUS_SUITES=outcomes unit check-attacks check-corpus check-replay
check-tsan:
	TSAN_OPTIONS=halt_on_error=1:suppressions=tests/tsan.supp \
	$(MAKE) BUILD=$(BUILD)/tsan SANITIZE=thread CC=clang unit
# For what the address sanitizer does not see, the use of what was never written; leaks are its business.
check-valgrind:
	CK_TIMEOUT_MULTIPLIER=1000 $(MAKE) BUILD=$(BUILD) RUNNER='valgrind -q --error-exitcode=9 --leak-check=no' unit
check-long:
	contrib/check-long

# ---- analysis -------------------------------------------------------------------
.PHONY: lint format coverage
lint:
	BUILD=$(BUILD) contrib/lint $(CC) -DFAULTS $(CPPFLAGS_ALL) $(filter-out -MMD -MP,$(CFLAGS_ALL))
format:
	clang-format -i $$(git ls-files '*.[ch]')
# COVERAGE=--lines lists what no unit test runs.
coverage:
	@mkdir -p $(BUILD)/coverage
	find $(BUILD)/coverage -name '*.gcda' -delete
	$(MAKE) BUILD=$(BUILD)/coverage OPTIMISE='-O0 -g' HARDEN= CFLAGS='--coverage -Wno-error' LDFLAGS=--coverage unit
	contrib/check-coverage $(BUILD)/coverage $(COVERAGE)

# ---- benchmarks -------------------------------------------------------------------
.PHONY: bench
bench: all $(BENCH_PROGRAMS)
	BUILD=$(BUILD) bench/run

# ---- installation -----------------------------------------------------------------
SBINDIR := $(DESTDIR)$(PREFIX)/sbin
MANDIR  := $(DESTDIR)$(PREFIX)/share/man
DOCDIR  := $(DESTDIR)$(PREFIX)/share/doc/postseal
UNITDIR := $(DESTDIR)$(PREFIX)/lib/systemd/system
MAN_PAGES := $(wildcard docs/*.1 docs/*.5 docs/*.8)
UNITS     := $(wildcard contrib/systemd/*.service)

.PHONY: install uninstall clean
install: all
	install -d $(SBINDIR) $(DOCDIR) $(UNITDIR) $(DESTDIR)$(SYSCONFDIR)/postseal
	install -m 755 $(BUILD)/postseal-milter $(BUILD)/postseal $(SBINDIR)
	for page in $(MAN_PAGES); do install -D -m 644 $$page $(MANDIR)/man$${page##*.}/$${page##*/} || exit 1; done
	install -m 644 README.md INSTALL NEWS LICENSE docs/architecture.md docs/postseal.conf.sample $(DOCDIR)
	for unit in $(UNITS); do sed 's,@SBINDIR@,$(PREFIX)/sbin,g' $$unit > $(UNITDIR)/$${unit##*/} || exit 1; done
uninstall:
	rm -f $(SBINDIR)/postseal-milter $(SBINDIR)/postseal
	for page in $(MAN_PAGES); do rm -f $(MANDIR)/man$${page##*.}/$${page##*/}; done
	for unit in $(UNITS); do rm -f $(UNITDIR)/$${unit##*/}; done
	rm -rf $(DOCDIR)
clean:
	rm -rf $(BUILD)
