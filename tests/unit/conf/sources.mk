# The unit tests of conf/, one a line.
conf_TESTS := \
	tests/unit/conf/reading.c \
	tests/unit/conf/test_files.c \
	tests/unit/conf/test_rules.c \
	tests/unit/conf/test_sample.c \
	tests/unit/conf/test_sections.c \
	tests/unit/conf/test_traps.c \
	tests/unit/conf/test_values.c \

