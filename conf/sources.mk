# The sources of conf/, one a line.
conf_SOURCES := \

