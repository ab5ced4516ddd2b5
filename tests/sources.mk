# What every unit test links.
TEST_SUPPORT_SOURCES := \
	tests/unit/support.c \

