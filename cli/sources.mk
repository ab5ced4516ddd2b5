# The sources of cli/, one a line; main.c is linked apart.
cli_SOURCES := \
	cli/args.c \
	cli/audit.c \
	cli/ca.c \
	cli/cert.c \
	cli/cert_list.c \
	cli/check.c \
	cli/check_files.c \
	cli/check_mta.c \
	cli/check_postfix.c \
	cli/check_sendmail.c \
	cli/cli.c \
	cli/drive.c \
	cli/expiry.c \
	cli/explain.c \
	cli/checklist.c \
	cli/first_configuration.c \
	cli/identity.c \
	cli/init.c \
	cli/input.c \
	cli/key.c \
	cli/key_import.c \
	cli/key_list.c \
	cli/line_ends.c \
	cli/listing.c \
	cli/login.c \
	cli/made.c \
	cli/message.c \
	cli/output.c \
	cli/plan.c \
	cli/postfix_files.c \
	cli/process.c \
	cli/record_end.c \
	cli/status.c \
	cli/status_rows.c \

