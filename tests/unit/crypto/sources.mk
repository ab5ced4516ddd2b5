# The unit tests of crypto/, one a line.
crypto_TESTS := \
	tests/unit/crypto/cms_support.c \
	tests/unit/crypto/forge.c \
	tests/unit/crypto/openssl_memory.c \
	tests/unit/crypto/signed_support.c \
	tests/unit/crypto/test_algorithm.c \
	tests/unit/crypto/test_ber.c \
	tests/unit/crypto/test_certificate.c \
	tests/unit/crypto/test_chain.c \
	tests/unit/crypto/test_cms_encrypt.c \
	tests/unit/crypto/test_cms_memory.c \
	tests/unit/crypto/test_cms_open.c \
	tests/unit/crypto/test_cms_sign.c \
	tests/unit/crypto/test_cms_verify.c \
	tests/unit/crypto/test_cms_walk.c \
	tests/unit/crypto/test_der.c \
	tests/unit/crypto/test_digest.c \
	tests/unit/crypto/test_issue.c \
	tests/unit/crypto/test_key.c \
	tests/unit/crypto/test_key_unwrap.c \
	tests/unit/crypto/test_pkcs12.c \
	tests/unit/crypto/test_pkits.c \
	tests/unit/crypto/test_post_quantum.c \
	tests/unit/crypto/test_request.c \
	tests/unit/crypto/test_seal.c \
	tests/unit/crypto/test_spool_cipher.c \

