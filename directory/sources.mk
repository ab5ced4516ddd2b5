# The sources of directory/, one a line.
directory_SOURCES := \
	directory/candidates.c \
	directory/directory.c \
	directory/findings.c \
	directory/judge.c \
	directory/partner.c \
	directory/source_store.c \
	directory/trust.c \
	directory/verdicts.c \

