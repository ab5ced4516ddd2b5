# The sources of keystore/, one a line.
keystore_SOURCES := \
	keystore/ca.c \
	keystore/ca_issue.c \
	keystore/ca_revoke.c \
	keystore/decryptor.c \
	keystore/identity.c \
	keystore/key.c \
	keystore/keystore.c \
	keystore/login.c \
	keystore/mac.c \
	keystore/master_key.c \
	keystore/purpose.c \
	keystore/request.c \
	keystore/ring.c \
	keystore/sealed.c \
	keystore/signer.c \
	keystore/words.c \

