# The sources of cli/, one a line.
cli_SOURCES := \

