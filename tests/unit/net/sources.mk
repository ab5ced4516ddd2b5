# The unit tests of net/, one a line.
net_TESTS := \
	tests/unit/net/peer.c \
	tests/unit/net/test_smtp_command.c \
	tests/unit/net/test_smtp_content.c \
	tests/unit/net/test_smtp_dialogue.c \
	tests/unit/net/test_smtp_endpoint.c \
	tests/unit/net/test_smtp_faults.c \
	tests/unit/net/test_smtp_socket.c \

