# The unit tests of gateway/, one a line.
gateway_TESTS := \
	tests/unit/crypto/cms_support.c \
	tests/unit/crypto/compress.c \
	tests/unit/crypto/forge.c \
	tests/unit/gateway/letters.c \
	tests/unit/gateway/mta.c \
	tests/unit/gateway/office.c \
	tests/unit/gateway/openssl_side.c \
	tests/unit/gateway/test_copies.c \
	tests/unit/gateway/test_copies_schedules.c \
	tests/unit/gateway/test_disposition.c \
	tests/unit/gateway/test_dkim.c \
	tests/unit/gateway/test_domain.c \
	tests/unit/gateway/test_forms.c \
	tests/unit/gateway/test_egress.c \
	tests/unit/gateway/test_headers.c \
	tests/unit/gateway/test_hostile.c \
	tests/unit/gateway/test_incoming.c \
	tests/unit/gateway/test_kinds.c \
	tests/unit/gateway/test_ledger_id.c \
	tests/unit/gateway/test_marks.c \
	tests/unit/gateway/test_outgoing.c \
	tests/unit/gateway/test_record.c \
	tests/unit/gateway/test_roundtrip.c \
	tests/unit/gateway/test_ticket.c \
	tests/unit/gateway/test_triggers.c \
	tests/unit/gateway/test_vectors.c \
	tests/unit/gateway/test_witnessed.c \
	tests/unit/gateway/world.c \
	tests/unit/net/peer.c \
	tests/unit/mime/find_harm.c \
	tests/unit/mime/mime_support.c \

