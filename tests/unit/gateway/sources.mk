# The unit tests of gateway/, one a line.
gateway_TESTS := \

