# The unit tests of audit/, one a line.
audit_TESTS := \
	tests/unit/audit/helpers.c \
	tests/unit/audit/test_append.c \
	tests/unit/audit/test_change.c \
	tests/unit/audit/test_event.c \
	tests/unit/audit/test_failure.c \
	tests/unit/audit/test_line.c \
	tests/unit/audit/test_torn.c \
	tests/unit/audit/test_verify.c \

