# The sources of gateway/, one a line.
gateway_SOURCES := \
	gateway/body.c \
	gateway/bounce.c \
	gateway/correspondents.c \
	gateway/deliver.c \
	gateway/describe.c \
	gateway/describe_headers.c \
	gateway/describe_layers.c \
	gateway/disposition.c \
	gateway/dkim.c \
	gateway/edits.c \
	gateway/edits_write.c \
	gateway/facts.c \
	gateway/gateway.c \
	gateway/incoming.c \
	gateway/judge.c \
	gateway/keyed.c \
	gateway/ledger_id.c \
	gateway/members.c \
	gateway/message.c \
	gateway/opened.c \
	gateway/outgoing.c \
	gateway/owners.c \
	gateway/passed.c \
	gateway/record.c \
	gateway/report.c \
	gateway/restore.c \
	gateway/strip.c \
	gateway/triggers.c \

