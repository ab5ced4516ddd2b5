# The unit tests of policy/, one a line.
policy_TESTS := \
	tests/unit/policy/questions.c \
	tests/unit/policy/test_groups.c \
	tests/unit/policy/test_headers.c \
	tests/unit/policy/test_incoming.c \
	tests/unit/policy/test_opened.c \
	tests/unit/policy/test_outgoing.c \
	tests/unit/policy/test_routes.c \
	tests/unit/policy/test_signing.c \
	tests/unit/policy/test_triggers.c \

