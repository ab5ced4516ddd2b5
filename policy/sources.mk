# The sources of policy/, one a line.
policy_SOURCES := \
	policy/groups.c \
	policy/headers.c \
	policy/incoming.c \
	policy/outgoing.c \
	policy/plan.c \
	policy/reasons.c \
	policy/routes.c \
	policy/rules.c \
	policy/signing.c \

