# The sources of keystore/, one a line.
keystore_SOURCES := \

