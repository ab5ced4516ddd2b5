# The unit tests of directory/, one a line.
directory_TESTS := \

