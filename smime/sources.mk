# The sources of smime/, one a line.
smime_SOURCES := \
	smime/armour.c \
	smime/coverage.c \
	smime/damage.c \
	smime/layer_encrypted.c \
	smime/layer_signed.c \
	smime/layers.c \
	smime/look.c \
	smime/plaintext.c \
	smime/protect.c \
	smime/recognise.c \
	smime/result_field.c \
	smime/result_write.c \

