# The unit tests of milter/, one a line.
milter_TESTS := \

