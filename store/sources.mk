# The sources of store/, one a line.
store_SOURCES := \
	store/ca.c \
	store/engine_sqlite.c \
	store/fields.c \
	store/identity.c \
	store/key.c \
	store/key_certificate.c \
	store/ledger.c \
	store/login.c \
	store/meta.c \
	store/migrations.c \
	store/partner_certificate.c \
	store/place.c \
	store/store.c \

