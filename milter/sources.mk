# The sources of milter/, one a line.
milter_SOURCES := \

