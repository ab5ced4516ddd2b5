# The unit tests of base/, one a line.
base_TESTS := \

