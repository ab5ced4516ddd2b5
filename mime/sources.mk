# The sources of mime/, one a line.
mime_SOURCES := \
	mime/address_field.c \
	mime/address_scan.c \
	mime/begin.c \
	mime/boundary.c \
	mime/charset.c \
	mime/date_field.c \
	mime/encoded_words.c \
	mime/entity.c \
	mime/entity_header.c \
	mime/entity_parse.c \
	mime/entity_reader.c \
	mime/gmime.c \
	mime/header_field.c \
	mime/header_list.c \
	mime/header_reader.c \
	mime/html.c \
	mime/leaf_edit.c \
	mime/line_facts.c \
	mime/line_reader.c \
	mime/media_type.c \
	mime/media_type_edit.c \
	mime/parameter.c \
	mime/quoted_printable.c \
	mime/reencode.c \
	mime/seven_bit.c \
	mime/seven_bit_write.c \
	mime/tag_list.c \
	mime/tagged_text.c \

