# The sources of crypto/, one a line.
crypto_SOURCES := \
	crypto/algorithm.c \
	crypto/ber.c \
	crypto/ber_normalise.c \
	crypto/capabilities.c \
	crypto/certificate.c \
	crypto/certificate_fits.c \
	crypto/certificate_names.c \
	crypto/certificates.c \
	crypto/cipher.c \
	crypto/cms_content.c \
	crypto/cms_encrypt.c \
	crypto/cms_encrypt_recipient.c \
	crypto/cms_open.c \
	crypto/cms_sign.c \
	crypto/cms_verify.c \
	crypto/cms_walk.c \
	crypto/cms_walk_algorithm.c \
	crypto/cms_walk_enveloped.c \
	crypto/cms_walk_recipient.c \
	crypto/cms_walk_signed.c \
	crypto/der_read.c \
	crypto/der_write.c \
	crypto/digest.c \
	crypto/identifier.c \
	crypto/key.c \
	crypto/key_agreement.c \
	crypto/key_read.c \
	crypto/key_sign.c \
	crypto/key_unwrap.c \
	crypto/oid.c \
	crypto/pbe.c \
	crypto/private.c \
	crypto/signed_attributes.c \
	crypto/spool_cipher.c \

