# The unit tests of net/, one a line.
net_TESTS := \
	tests/unit/net/test_smtp_endpoint.c \

