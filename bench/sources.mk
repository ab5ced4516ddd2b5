# The benchmark programs, and how each is linked.
BENCH_PROGRAMS := $(BUILD)/bench/load $(BUILD)/bench/floor

$(BUILD)/bench/load: $(BUILD)/bench/load.o
	$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^
$(BUILD)/bench/floor: $(BUILD)/bench/floor.o
	$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $^ -lmilter -lcrypto -lpthread
