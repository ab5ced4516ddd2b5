# The unit tests of store/, one a line.
store_TESTS := \
	tests/unit/store/helpers.c \
	tests/unit/store/test_damage.c \
	tests/unit/store/test_ledger.c \
	tests/unit/store/test_migrations.c \
	tests/unit/store/test_rows.c \
	tests/unit/store/test_sharing.c \
	tests/unit/store/test_store.c \

