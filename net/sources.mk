# The sources of net/, one a line.
net_SOURCES := \
	net/smtp.c \
	net/smtp_command.c \
	net/smtp_endpoint.c \
	net/smtp_link.c \
	net/smtp_offer.c \
	net/smtp_reply.c \
	net/smtp_socket.c \
	net/smtp_stuffing.c \

