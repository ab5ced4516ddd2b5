# Postseal.  `make help` lists the targets.
#
#   make BUILD=/elsewhere        objects and programs elsewhere (default: build)
#   make SANITIZE=address        -fsanitize=address,undefined; or SANITIZE=thread
#   make WITH_SYSTEMD=no         without libsystemd
#   make FAULTS=yes              programs that die where a test asks for it (base/crashpoint.h)
#
# Each folder lists its sources, one a line, in FOLDER/sources.mk and becomes
# one archive; ranks (lowest first) are the order in which folders may know
# each other, and contrib/check-layers holds every #include against it.

BUILD    ?= build
PREFIX   ?= /usr/local
DESTDIR  ?=
SYSCONFDIR ?= /etc
LOCALSTATEDIR ?= /var
CC       ?= cc
AR       ?= ar
PKG_CONFIG ?= pkg-config
SANITIZE ?=
WITH_SYSTEMD ?= yes
FAULTS   ?= no

VERSION  := 0.1.0

.DEFAULT_GOAL := all

# Lowest rank first.  Folders on one line of contrib/layers are of one rank.
ARCHIVES := base conf mime crypto store net audit keystore policy directory smime gateway
PROGRAM_FOLDERS := milter cli

include $(foreach f,$(ARCHIVES) $(PROGRAM_FOLDERS),$(f)/sources.mk)
-include $(foreach f,$(ARCHIVES) $(PROGRAM_FOLDERS),tests/unit/$(f)/sources.mk)
include tests/sources.mk
include tests/attacks/sources.mk
include bench/sources.mk

# ---- flags ------------------------------------------------------------------
WARNINGS := -Wall -Wextra -Wconversion -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wpointer-arith -Wformat=2 -Wundef -Wvla -Wcast-align
HARDEN   := -fstack-protector-strong -fPIE -fno-strict-overflow -D_FORTIFY_SOURCE=2 -fstack-clash-protection
LDHARDEN := -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed
OPTIMISE ?= -O2 -g
ifneq ($(SANITIZE),)
  ifeq ($(SANITIZE),address)
    SANFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
  else
    SANFLAGS := -fsanitize=$(SANITIZE) -fno-omit-frame-pointer
  endif
  OPTIMISE := -O1 -g
  HARDEN   := -fPIE
endif

LIBRARIES := libcrypto libconfuse gmime-3.0 jansson sqlite3 libidn2 zlib
ifeq ($(WITH_SYSTEMD),yes)
  LIBRARIES += libsystemd
  FEATURES  += -DWITH_SYSTEMD
endif
ifeq ($(FAULTS),yes)
  FEATURES     += -DFAULTS
  base_SOURCES += base/crashpoint.c
endif
# -isystem: warnings are about our code, not about the libraries' headers.
LIB_CFLAGS := $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags $(LIBRARIES)))
LIB_LIBS   := $(shell $(PKG_CONFIG) --libs $(LIBRARIES)) -lpthread
ifneq ($(.SHELLSTATUS),0)
  $(error a library is missing: run contrib/bootstrap build, or see INSTALL)
endif
MILTER_LIBS := -lmilter

CPPFLAGS_ALL := -I. -D_GNU_SOURCE -DPOSTSEAL_VERSION='"$(VERSION)"' \
                -DSYSCONFDIR='"$(SYSCONFDIR)"' -DLOCALSTATEDIR='"$(LOCALSTATEDIR)"' $(FEATURES) $(CPPFLAGS)
CFLAGS_ALL   := -std=c11 $(OPTIMISE) $(WARNINGS) $(HARDEN) $(SANFLAGS) $(LIB_CFLAGS) -pthread -MMD -MP $(CFLAGS)
LDFLAGS_ALL  := $(LDHARDEN) $(SANFLAGS) $(LDFLAGS)

# ---- programs -----------------------------------------------------------------
PROGRAMS := $(BUILD)/postseal-milter $(BUILD)/postseal

.PHONY: all
all: $(PROGRAMS)

archive = $(BUILD)/$(1)/lib$(1).a
objects = $(patsubst %.c,$(BUILD)/%.o,$(1))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c -o $@ $<

define ARCHIVE_RULE
$(call archive,$(1)): $(call objects,$($(1)_SOURCES))
	@mkdir -p $$(@D)
	@rm -f $$@
	$(AR) rcs $$@ $$^
endef
$(foreach f,$(ARCHIVES) $(PROGRAM_FOLDERS),$(eval $(call ARCHIVE_RULE,$(f))))

# The linker reads archives from the left: highest rank first.
reverse = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
below   = $(call reverse,$(call upto,$(1),$(ARCHIVES)))
upto    = $(if $(2),$(firstword $(2)) $(if $(filter $(1),$(firstword $(2))),,$(call upto,$(1),$(wordlist 2,$(words $(2)),$(2)))))
LIBS_ALL := $(foreach f,$(call reverse,$(ARCHIVES)),$(call archive,$(f)))

$(BUILD)/postseal-milter: $(BUILD)/milter/main.o $(call archive,milter) $(LIBS_ALL)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(LIB_LIBS) $(MILTER_LIBS)

$(BUILD)/postseal: $(BUILD)/cli/main.o $(call archive,cli) $(LIBS_ALL)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(LIB_LIBS)

# ---- tests ------------------------------------------------------------------
# tests/unit/FOLDER/sources.mk lists test sources as FOLDER_TESTS; each folder's
# program links only the archives of its own rank and below.
CHECK_CFLAGS := $(shell $(PKG_CONFIG) --cflags check 2>/dev/null)
CHECK_LIBS   := $(shell $(PKG_CONFIG) --libs check 2>/dev/null)
TESTED := $(foreach f,$(ARCHIVES) $(PROGRAM_FOLDERS),$(if $($(f)_TESTS),$(f)))

define TEST_RULE
$(BUILD)/tests/unit/$(1)/main.o: tests/unit/main.c tests/unit/$(1)/suites.def
	@mkdir -p $$(@D)
	$(CC) $(CPPFLAGS_ALL) -DSUITES='"tests/unit/$(1)/suites.def"' $(CFLAGS_ALL) $(CHECK_CFLAGS) -c -o $$@ $$<
$(BUILD)/tests/unit/test-$(1): $(BUILD)/tests/unit/$(1)/main.o $(call objects,$($(1)_TESTS) $(TEST_SUPPORT_SOURCES)) \
    $(if $(filter $(1),$(PROGRAM_FOLDERS)),$(call archive,$(1)) $(LIBS_ALL),$(foreach f,$(call below,$(1)),$(call archive,$(f))))
	$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $$@ $$^ $(CHECK_LIBS) $(LIB_LIBS) $(if $(filter $(1),milter),$(MILTER_LIBS))
.PHONY: unit-$(1)
unit-$(1): $(BUILD)/tests/unit/test-$(1)
	$(RUNNER) $$< $(UNIT_ARGS)
endef
$(foreach f,$(TESTED),$(eval $(call TEST_RULE,$(f))))

# The attacks drive the whole gateway: every archive, and each attack says what became of it.
$(BUILD)/tests/attacks/main.o: tests/unit/main.c tests/attacks/suites.def
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) -DSUITES='"tests/attacks/suites.def"' $(CFLAGS_ALL) $(CHECK_CFLAGS) -c -o $@ $<
$(BUILD)/tests/attacks/attacks: $(BUILD)/tests/attacks/main.o $(call objects,$(attacks_TESTS) $(TEST_SUPPORT_SOURCES)) $(LIBS_ALL)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(CHECK_LIBS) $(LIB_LIBS)
.PHONY: check-attacks
check-attacks: $(BUILD)/tests/attacks/attacks
	$(RUNNER) $< $(UNIT_ARGS)

# Four seconds a test, the library's default, are too few on a busy machine; what hangs is still ended.
export CK_TIMEOUT_MULTIPLIER ?= 10

.PHONY: check unit test-programs
unit: $(TESTED:%=unit-%)
test-programs: $(TESTED:%=$(BUILD)/tests/unit/test-%) $(BUILD)/tests/attacks/attacks
check: all unit check-attacks check-corpus check-layers check-crashpoints check-symbols check-headers check-docs check-replay check-programs
	@echo "make check: all passed"

include tests/corpus/sources.mk
include tests/programs/sources.mk
include contrib/targets.mk

-include $(wildcard $(foreach f,$(ARCHIVES) $(PROGRAM_FOLDERS) bench tests/unit tests/attacks tests/corpus tests/fuzz tests/programs $(TESTED:%=tests/unit/%),$(BUILD)/$(f)/*.d))
