# The unit tests of keystore/, one a line.
keystore_TESTS := \

