# The sources of mime/, one a line.
mime_SOURCES := \

