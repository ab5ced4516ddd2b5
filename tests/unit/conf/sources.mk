# The unit tests of conf/, one a line.
conf_TESTS := \

