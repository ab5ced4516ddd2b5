# The sources of net/, one a line.
net_SOURCES := \
	net/smtp.c \
	net/smtp_endpoint.c \
	net/smtp_socket.c \

