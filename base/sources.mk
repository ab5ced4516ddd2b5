# The sources of base/, one a line.
base_SOURCES := \
	base/address.c \
	base/buffer.c \
	base/cache.c \
	base/claim.c \
	base/clock.c \
	base/domain.c \
	base/encoding.c \
	base/error.c \
	base/file.c \
	base/file_names.c \
	base/inflate.c \
	base/io.c \
	base/json.c \
	base/log.c \
	base/memory.c \
	base/random.c \
	base/secret.c \
	base/secret_prompt.c \
	base/service.c \
	base/spool.c \
	base/text.c \

