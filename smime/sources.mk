# The sources of smime/, one a line.
smime_SOURCES := \
	smime/protect.c \
	smime/recognise.c \
	smime/result_field.c \
	smime/result_write.c \

