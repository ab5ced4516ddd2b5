# The sources of policy/, one a line.
policy_SOURCES := \

