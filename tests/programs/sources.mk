# What the tests of programs run besides the programs, and how it is linked.
TOOL_PROGRAMS := $(BUILD)/tests/programs/smtp-send
test-programs: $(TOOL_PROGRAMS)

$(BUILD)/tests/programs/smtp-send: $(BUILD)/tests/programs/smtp_send.o $(call archive,net) $(call archive,base)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ $(LIB_LIBS)
