# The sources of crypto/, one a line.
crypto_SOURCES := \
	crypto/algorithm.c \
	crypto/digest.c \
	crypto/private.c \
	crypto/spool_cipher.c \

