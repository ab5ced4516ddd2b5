# The unit tests of crypto/, one a line.
crypto_TESTS := \
	tests/unit/crypto/cms_support.c \
	tests/unit/crypto/test_algorithm.c \
	tests/unit/crypto/test_ber.c \
	tests/unit/crypto/test_digest.c \
	tests/unit/crypto/test_spool_cipher.c \

