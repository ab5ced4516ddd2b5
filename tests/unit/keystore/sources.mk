# The unit tests of keystore/, one a line.
keystore_TESTS := \
	tests/unit/keystore/pki.c \
	tests/unit/keystore/test_ca.c \
	tests/unit/keystore/test_decryptor.c \
	tests/unit/keystore/test_identity.c \
	tests/unit/keystore/test_key.c \
	tests/unit/keystore/test_login.c \
	tests/unit/keystore/test_mac.c \
	tests/unit/keystore/test_master_key.c \
	tests/unit/keystore/test_sealing.c \
	tests/unit/keystore/test_signer.c \
	tests/unit/keystore/test_threads.c \
	tests/unit/keystore/world.c \

