# The unit tests of gateway/, one a line.
gateway_TESTS := \
	tests/unit/crypto/cms_support.c \
	tests/unit/crypto/forge.c \
	tests/unit/gateway/mta.c \
	tests/unit/gateway/test_roundtrip.c \
	tests/unit/gateway/world.c \
	tests/unit/mime/mime_support.c \

