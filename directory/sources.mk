# The sources of directory/, one a line.
directory_SOURCES := \

