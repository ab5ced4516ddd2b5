# The unit tests of smime/, one a line.
smime_TESTS := \
	tests/unit/crypto/cms_support.c \
	tests/unit/crypto/compress.c \
	tests/unit/crypto/forge.c \
	tests/unit/mime/mime_support.c \
	tests/unit/smime/helpers.c \
	tests/unit/smime/test_damage.c \
	tests/unit/smime/test_header_protection.c \
	tests/unit/smime/test_layers.c \
	tests/unit/smime/test_protect.c \
	tests/unit/smime/test_recognise.c \
	tests/unit/smime/test_result_field.c \

