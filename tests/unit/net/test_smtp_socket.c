/* SPDX-License-Identifier: BSD-2-Clause */

/* The transport of real sockets; tests/programs has whole dialogues over it. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/smtp.h"
#include "tests/unit/support.h"

Suite *suite_smtp_socket(void);

#define SOON 30000 /* milliseconds; nothing here waits so long unless it is broken */

static int64_t
in_ms(int64_t ms)
{
	return smtp_sockets()->now_ms(smtp_sockets()->ctx) + ms;
}

/* A listening socket of the kind, and where it is. */
static int
listen_on(int kind, int backlog, struct smtp_endpoint *to)
{
	static const int families[] = { [SMTP_UNIX] = AF_UNIX, [SMTP_IPV4] = AF_INET, [SMTP_IPV6] = AF_INET6 };
	union {
		struct sockaddr any;
		struct sockaddr_un un;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} address = { .any = { .sa_family = (sa_family_t)families[kind] } };
	socklen_t n = kind == SMTP_UNIX ? sizeof address.un : sizeof address.in6;
	char text[200];
	struct error e = ERROR_INIT;
	int fd = socket(families[kind], SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	if (kind == SMTP_UNIX)
		(void)snprintf(address.un.sun_path, sizeof address.un.sun_path, "%s", scratch("smtp.sock"));
	else if (kind == SMTP_IPV4)
		address.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		address.in6.sin6_addr = in6addr_loopback;
	if (bind(fd, &address.any, n) != 0) { /* a machine may have no IPv6 */
		ck_assert_int_eq(kind, SMTP_IPV6);
		(void)close(fd);
		return -1;
	}
	ck_assert_int_eq(listen(fd, backlog), 0);
	ck_assert_int_eq(getsockname(fd, &address.any, &n), 0);
	if (kind == SMTP_UNIX)
		(void)snprintf(text, sizeof text, "unix:%s", address.un.sun_path);
	else
		(void)snprintf(text, sizeof text, kind == SMTP_IPV4 ? "[127.0.0.1]:%d" : "[::1]:%d",
		    ntohs(kind == SMTP_IPV4 ? address.in.sin_port : address.in6.sin6_port));
	expect_ok(smtp_endpoint_parse(text, to, &e));
	return fd;
}

START_TEST(octets_go_both_ways_and_nothing_blocks)
{
	const struct smtp_transport *sockets = smtp_sockets();
	static char big[8 << 20];
	struct smtp_endpoint to;
	struct error e = ERROR_INIT;
	void *connection;
	char got[8];
	int listening = listen_on(_i, 8, &to), peer;

	if (listening < 0)
		return;
	expect_ok(sockets->open(sockets->ctx, &to, in_ms(SOON), &connection, &e));
	peer = accept(listening, NULL, NULL);
	ck_assert_int_ge(peer, 0);
	expect_ok(sockets->write(connection, "abc", 3, in_ms(SOON), &e));
	ck_assert_int_eq((int)read(peer, got, sizeof got), 3);
	ck_assert_int_eq(memcmp(got, "abc", 3), 0);
	/* Nothing there, and the time is over. */
	expect_error((int)sockets->read(connection, got, sizeof got, in_ms(0), &e), ERROR_TIMEOUT);
	expect_error((int)sockets->read(connection, got, sizeof got, in_ms(20), &e), ERROR_TIMEOUT);
	/* Something there, and the time is over. */
	ck_assert_int_eq((int)write(peer, "defg", 4), 4);
	ck_assert_int_eq((int)sockets->read(connection, got, 3, in_ms(SOON), &e), 3);
	ck_assert_int_eq((int)sockets->read(connection, got, 3, in_ms(-5), &e), 1);
	ck_assert_int_eq(got[0], 'g');
	/* More than the system keeps, and nobody takes it. */
	expect_error(sockets->write(connection, big, sizeof big, in_ms(50), &e), ERROR_TIMEOUT);
	/* The peer is gone: an end, then an error, and no signal (its default would end this test). */
	ck_assert_ptr_ne(signal(SIGPIPE, SIG_DFL), SIG_ERR);
	(void)close(peer);
	ck_assert_int_le((int)sockets->read(connection, got, sizeof got, in_ms(SOON), &e), 0);
	error_clear(&e);
	(void)sockets->write(connection, "x", 1, in_ms(SOON), &e);
	error_clear(&e);
	expect_error(sockets->write(connection, big, sizeof big, in_ms(SOON), &e), ERROR_IO);
	sockets->close(connection);
	(void)close(listening);
}
END_TEST

/* The descriptor that the next open would get: what a leak would take. */
static int
next_descriptor(void)
{
	int fd = dup(0);

	ck_assert_int_ge(fd, 0);
	(void)close(fd);
	return fd;
}

START_TEST(where_nobody_listens_is_an_error)
{
	const struct smtp_transport *sockets = smtp_sockets();
	struct smtp_endpoint to;
	struct error e = ERROR_INIT;
	void *connection = NULL;
	int listening = listen_on(_i, 8, &to), next;

	if (listening < 0)
		return;
	(void)close(listening);
	next = next_descriptor();
	expect_error(sockets->open(sockets->ctx, &to, in_ms(SOON), &connection, &e), ERROR_IO);
	ck_assert_ptr_null(connection);
	ck_assert_int_eq(next_descriptor(), next);
}
END_TEST

START_TEST(a_full_queue_is_waited_for_until_the_deadline)
{
	const struct smtp_transport *sockets = smtp_sockets();
	struct smtp_endpoint to;
	struct error e = ERROR_INIT;
	void *first, *second = NULL;
	int listening = listen_on(SMTP_UNIX, 0, &to), peer;

	expect_ok(sockets->open(sockets->ctx, &to, in_ms(SOON), &first, &e));
	expect_error(sockets->open(sockets->ctx, &to, in_ms(30), &second, &e), ERROR_TIMEOUT);
	peer = accept(listening, NULL, NULL);
	expect_ok(sockets->open(sockets->ctx, &to, in_ms(SOON), &second, &e));
	sockets->close(first);
	sockets->close(second);
	(void)close(peer);
	(void)close(listening);
}
END_TEST

static int
open_once(void *ctx, struct error *e)
{
	const struct smtp_transport *sockets = smtp_sockets();
	void *connection;

	if (sockets->open(sockets->ctx, ctx, in_ms(SOON), &connection, e) != 0)
		return -1;
	sockets->close(connection);
	return 0;
}

START_TEST(want_of_memory_and_of_descriptors_leaves_nothing_open)
{
	struct smtp_endpoint to;
	struct error e = ERROR_INIT;
	int listening = listen_on(SMTP_IPV4, 8, &to), next = next_descriptor(), fds[1024], n = 0;

	each_allocation_fails(open_once, &to);
	while (n < 1024 && (fds[n] = dup(0)) >= 0)
		n++;
	if (n < 1024)
		expect_error(open_once(&to, &e), ERROR_IO);
	while (n > 0)
		(void)close(fds[--n]);
	ck_assert_int_eq(next_descriptor(), next);
	(void)close(listening);
}
END_TEST

Suite *
suite_smtp_socket(void)
{
	Suite *s = suite_create("smtp_socket");
	TCase *t = tcase_create("smtp_socket");

	tcase_add_loop_test(t, octets_go_both_ways_and_nothing_blocks, SMTP_UNIX, SMTP_IPV6 + 1);
	tcase_add_loop_test(t, where_nobody_listens_is_an_error, SMTP_UNIX, SMTP_IPV6 + 1);
	tcase_add_test(t, a_full_queue_is_waited_for_until_the_deadline);
	tcase_add_test(t, want_of_memory_and_of_descriptors_leaves_nothing_open);
	suite_add_tcase(s, t);
	return s;
}
