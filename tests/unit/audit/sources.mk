# The unit tests of audit/, one a line.
audit_TESTS := \

