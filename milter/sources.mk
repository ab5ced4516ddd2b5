# The sources of milter/, one a line; main.c is linked apart.
milter_SOURCES := \
	milter/callbacks.c \
	milter/daemon.c \
	milter/edits.c \
	milter/listen.c \
	milter/privileges.c \
	milter/session.c \
	milter/signals.c \

