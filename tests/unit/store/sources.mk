# The unit tests of store/, one a line.
store_TESTS := \

