# Every file of tests/data with its documented outcome.
CORPUS_SOURCES := \
	tests/corpus/cuts.c \
	tests/corpus/mails.c \
	tests/corpus/material.c \
	tests/corpus/passage.c \
	tests/corpus/people.c \
	tests/corpus/protection.c \
	tests/corpus/rows.c \
	tests/corpus/test_cuts.c \
	tests/corpus/test_outcomes.c \
	tests/unit/crypto/cms_support.c \
	tests/unit/crypto/forge.c \
	tests/unit/gateway/mta.c \
	tests/unit/gateway/office.c \
	tests/unit/gateway/openssl_side.c \
	tests/unit/gateway/world.c \
	tests/unit/net/peer.c \
	tests/unit/mime/find_harm.c \
	tests/unit/mime/mime_support.c \

CORPUS_PROGRAM := $(BUILD)/tests/corpus/check-corpus
test-programs: $(CORPUS_PROGRAM)

$(BUILD)/tests/corpus/main.o: tests/unit/main.c tests/corpus/suites.def
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) -DSUITES='"tests/corpus/suites.def"' $(CFLAGS_ALL) $(CHECK_CFLAGS) -c -o $@ $<
$(CORPUS_PROGRAM): $(BUILD)/tests/corpus/main.o $(patsubst %.c,$(BUILD)/%.o,$(CORPUS_SOURCES) $(TEST_SUPPORT_SOURCES)) $(LIBS_ALL)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(CHECK_LIBS) $(LIB_LIBS)
