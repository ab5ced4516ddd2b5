# The unit tests of policy/, one a line.
policy_TESTS := \

