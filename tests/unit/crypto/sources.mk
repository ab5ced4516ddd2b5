# The unit tests of crypto/, one a line.
crypto_TESTS := \

