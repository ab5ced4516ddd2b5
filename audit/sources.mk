# The sources of audit/, one a line.
audit_SOURCES := \
	audit/audit.c \
	audit/change.c \
	audit/event.c \
	audit/line.c \
	audit/lines.c \
	audit/mark.c \
	audit/tail.c \
	audit/verify.c \
	audit/writer.c \

