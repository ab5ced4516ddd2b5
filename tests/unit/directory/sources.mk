# The unit tests of directory/, one a line.
directory_TESTS := \
	tests/unit/directory/scene.c \
	tests/unit/directory/test_candidates.c \
	tests/unit/directory/test_judge.c \
	tests/unit/directory/test_partner.c \
	tests/unit/directory/test_threads.c \
	tests/unit/directory/test_trust.c \
	tests/unit/keystore/pki.c \
	tests/unit/keystore/world.c \

