# The attacks, one family a file.
attacks_TESTS := \
	tests/attacks/alarms.c \
	tests/attacks/attack.c \
	tests/attacks/bombs.c \
	tests/attacks/compression.c \
	tests/attacks/coverage.c \
	tests/attacks/domain.c \
	tests/attacks/efail.c \
	tests/attacks/envelope.c \
	tests/attacks/identity.c \
	tests/attacks/inside_out.c \
	tests/attacks/marks.c \
	tests/attacks/oracle.c \
	tests/attacks/replay.c \
	tests/attacks/signers.c \
	tests/unit/crypto/cms_support.c \
	tests/unit/crypto/compress.c \
	tests/unit/crypto/forge.c \
	tests/unit/crypto/signed_support.c \
	tests/unit/gateway/letters.c \
	tests/unit/gateway/mta.c \
	tests/unit/gateway/office.c \
	tests/unit/gateway/world.c \
	tests/unit/net/peer.c \
	tests/unit/mime/mime_support.c \

