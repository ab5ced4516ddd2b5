# The unit tests of cli/, one a line.
cli_TESTS := \

