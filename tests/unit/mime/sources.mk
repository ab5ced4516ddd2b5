# The unit tests of mime/, one a line.
mime_TESTS := \

