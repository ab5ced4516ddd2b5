# The sources of gateway/, one a line.
gateway_SOURCES := \

