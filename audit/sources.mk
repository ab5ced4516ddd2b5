# The sources of audit/, one a line.
audit_SOURCES := \

