# The unit tests of smime/, one a line.
smime_TESTS := \

