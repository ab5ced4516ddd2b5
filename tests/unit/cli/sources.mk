# The unit tests of cli/, one a line.
cli_TESTS := \
	tests/unit/cli/printed.c \
	tests/unit/cli/test_args.c \
	tests/unit/cli/test_check_mta.c \
	tests/unit/cli/test_line_ends.c \
	tests/unit/cli/test_listing.c \
	tests/unit/cli/test_message.c \
	tests/unit/cli/test_setting_up.c \

