# The sources of smime/, one a line.
smime_SOURCES := \

