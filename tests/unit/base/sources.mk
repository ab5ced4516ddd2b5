# The unit tests of base/, one a line.
base_TESTS := \
	tests/unit/base/test_address.c \
	tests/unit/base/test_buffer.c \
	tests/unit/base/test_cache.c \
	tests/unit/base/test_claim.c \
	tests/unit/base/test_clock.c \
	tests/unit/base/test_encoding.c \
	tests/unit/base/test_error.c \
	tests/unit/base/test_file.c \
	tests/unit/base/test_inflate.c \
	tests/unit/base/test_io.c \
	tests/unit/base/test_json.c \
	tests/unit/base/test_log.c \
	tests/unit/base/test_memory.c \
	tests/unit/base/test_random.c \
	tests/unit/base/test_secret.c \
	tests/unit/base/test_service.c \
	tests/unit/base/test_spool.c \
	tests/unit/base/test_text.c \

