# The sources of conf/, one a line.
conf_SOURCES := \
	conf/checks.c \
	conf/files.c \
	conf/grammar.c \
	conf/hostname.c \
	conf/load.c \
	conf/network.c \
	conf/numbers.c \
	conf/outline.c \
	conf/pool.c \
	conf/print.c \
	conf/rules.c \
	conf/settings.c \
	conf/suggest.c \
	conf/table.c \
	conf/types.c \
	conf/words.c \

