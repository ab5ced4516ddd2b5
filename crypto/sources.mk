# The sources of crypto/, one a line.
crypto_SOURCES := \

