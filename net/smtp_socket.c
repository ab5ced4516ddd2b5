/* SPDX-License-Identifier: BSD-2-Clause */

/* The transport of stream sockets: non-blocking, each wait bounded by its deadline. */

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "net/smtp.h"

#define QUEUE_PAUSE_MS 10 /* between two looks at a unix socket whose queue is full */

struct connection {
	int fd;
};

union any_address {
	struct sockaddr any;
	struct sockaddr_un un;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* Fills `to` from an endpoint that was parsed; returns its size. */
static socklen_t
fill_address(const struct smtp_endpoint *from, union any_address *to)
{
	memset(to, 0, sizeof *to);
	switch (from->kind) {
	case SMTP_UNIX:
		to->un.sun_family = AF_UNIX;
		memcpy(to->un.sun_path, from->host, sizeof to->un.sun_path);
		return sizeof to->un;
	case SMTP_IPV4:
		to->in.sin_family = AF_INET;
		to->in.sin_port = htons(from->port);
		(void)inet_pton(AF_INET, from->host, &to->in.sin_addr);
		return sizeof to->in;
	case SMTP_IPV6:
	default:
		to->in6.sin6_family = AF_INET6;
		to->in6.sin6_port = htons(from->port);
		(void)inet_pton(AF_INET6, from->host, &to->in6.sin6_addr);
		return sizeof to->in6;
	}
}

/* Milliseconds that poll(2) may wait. */
static int
left(int64_t deadline_ms)
{
	int64_t ms = deadline_ms - clock_monotonic_ms();

	return ms <= 0 ? 0 : ms < INT_MAX ? (int)ms : INT_MAX;
}

/* Until `fd` is ready for `events` or has failed, which the next call on it tells. */
static int
await(int fd, short events, int64_t deadline_ms, struct error *e)
{
	struct pollfd wanted = { .fd = fd, .events = events };
	int n;

	do
		n = poll(&wanted, 1, left(deadline_ms));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return error_set_errno(e, ERROR_IO, "poll");
	return n > 0 ? 0 : error_set(e, ERROR_TIMEOUT, "the server took too long");
}

/* A connection that is under way has come about, or not. */
static int
conclude(int fd, int64_t deadline_ms, struct error *e)
{
	int problem = 0;
	socklen_t n = sizeof problem;

	if (await(fd, POLLOUT, deadline_ms, e) != 0)
		return -1;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &n) != 0)
		problem = errno;
	errno = problem;
	return problem == 0 ? 0 : error_set_errno(e, ERROR_IO, "connect");
}

/* A unix socket whose queue is full says EAGAIN and cannot be waited for: it is asked again. */
static int
reach(int fd, const union any_address *to, socklen_t n, int64_t deadline_ms, struct error *e)
{
	while (connect(fd, &to->any, n) != 0) {
		if (errno == EINPROGRESS || (errno == EINTR && to->any.sa_family != AF_UNIX))
			return conclude(fd, deadline_ms, e);
		if (errno != EAGAIN && errno != EINTR)
			return error_set_errno(e, ERROR_IO, "connect");
		if (left(deadline_ms) == 0)
			return error_set(e, ERROR_TIMEOUT, "the server takes no further connection");
		(void)poll(NULL, 0, QUEUE_PAUSE_MS);
	}
	return 0;
}

static int
open_socket(
    void *ctx, const struct smtp_endpoint *to, int64_t deadline_ms, void **out_connection, struct error *e)
{
	union any_address address;
	socklen_t n = fill_address(to, &address);
	struct connection *c = memory_new(1, sizeof *c, e);
	int on = 1;

	(void)ctx;
	if (c == NULL)
		return -1;
	c->fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0) {
		error_set_errno(e, ERROR_IO, "socket");
		goto failed;
	}
	if (reach(c->fd, &address, n, deadline_ms, e) != 0)
		goto failed;
	/* Commands are small, and each waits for its answer. */
	if (to->kind != SMTP_UNIX)
		(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	*out_connection = c;
	return 0;
failed:
	if (c->fd >= 0)
		(void)close(c->fd);
	free(c);
	return -1;
}

static ssize_t
read_socket(void *connection, void *to, size_t max, int64_t deadline_ms, struct error *e)
{
	const struct connection *c = connection;
	ssize_t n;

	while ((n = recv(c->fd, to, max, 0)) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			return error_set_errno(e, ERROR_IO, "read");
		if (await(c->fd, POLLIN, deadline_ms, e) != 0)
			return -1;
	}
	return n;
}

static int
write_socket(void *connection, const void *from, size_t n, int64_t deadline_ms, struct error *e)
{
	const struct connection *c = connection;
	const char *at = from;

	while (n > 0) {
		ssize_t sent = send(c->fd, at, n, MSG_NOSIGNAL);

		if (sent >= 0) {
			at += sent;
			n -= (size_t)sent;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			if (await(c->fd, POLLOUT, deadline_ms, e) != 0)
				return -1;
		} else if (errno != EINTR) {
			return error_set_errno(e, ERROR_IO, "write");
		}
	}
	return 0;
}

static void
close_socket(void *connection)
{
	struct connection *c = connection;

	(void)close(c->fd);
	free(c);
}

static int64_t
now_ms(void *ctx)
{
	(void)ctx;
	return clock_monotonic_ms();
}

const struct smtp_transport *
smtp_sockets(void)
{
	static const struct smtp_transport sockets = { open_socket, read_socket, write_socket, close_socket,
		now_ms, NULL };

	return &sockets;
}
