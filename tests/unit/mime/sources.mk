# The unit tests of mime/, one a line.
mime_TESTS := \
	tests/unit/mime/find_harm.c \
	tests/unit/mime/mime_support.c \
	tests/unit/mime/test_address_field.c \
	tests/unit/mime/test_boundary.c \
	tests/unit/mime/test_edits.c \
	tests/unit/mime/test_entity.c \
	tests/unit/mime/test_header_list.c \
	tests/unit/mime/test_hostile.c \
	tests/unit/mime/test_media_type.c \
	tests/unit/mime/test_quoted_printable.c \
	tests/unit/mime/test_seven_bit.c \
	tests/unit/mime/test_tag_list.c \
	tests/unit/mime/test_tagged_text.c \
	tests/unit/mime/test_torture.c \

