# The sources of store/, one a line.
store_SOURCES := \

