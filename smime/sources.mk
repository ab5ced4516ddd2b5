# The sources of smime/, one a line.
smime_SOURCES := \
	smime/armour.c \
	smime/coverage.c \
	smime/damage.c \
	smime/hcp.c \
	smime/header_protect.c \
	smime/header_read.c \
	smime/layer_compressed.c \
	smime/layer_encrypted.c \
	smime/layer_signed.c \
	smime/layers.c \
	smime/legacy_display.c \
	smime/look.c \
	smime/plaintext.c \
	smime/protect.c \
	smime/protected_fields.c \
	smime/recognise.c \
	smime/result_field.c \
	smime/result_write.c \
