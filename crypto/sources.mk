# The sources of crypto/, one a line.
crypto_SOURCES := \
	crypto/algorithm.c \
	crypto/certificate.c \
	crypto/certificate_fits.c \
	crypto/certificate_names.c \
	crypto/certificates.c \
	crypto/der_read.c \
	crypto/der_write.c \
	crypto/digest.c \
	crypto/key.c \
	crypto/key_read.c \
	crypto/key_sign.c \
	crypto/pbe.c \
	crypto/private.c \
	crypto/spool_cipher.c \

