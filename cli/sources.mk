# The sources of cli/, one a line; main.c is linked apart.
cli_SOURCES := \
	cli/args.c \
	cli/audit.c \
	cli/ca.c \
	cli/cli.c \
	cli/identity.c \
	cli/listing.c \
	cli/login.c \
	cli/output.c \

