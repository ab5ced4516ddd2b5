/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NET_SMTP_H
#define NET_SMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/io.h"

/*
 * A client for one SMTP transaction (RFC 5321) with a server on this machine.
 * It keeps every octet of the message and tells what became of each recipient;
 * it makes up no field, follows no environment and asks no name server.
 */

/* ---- where to ---------------------------------------------------------------------------------- */

#define SMTP_HOST_MAX 108 /* the longest path of a unix socket, its NUL counted, on Linux */

struct smtp_endpoint {
	enum { SMTP_UNIX, SMTP_IPV4, SMTP_IPV6 } kind;
	char host[SMTP_HOST_MAX]; /* an address in numbers, or an absolute path */
	uint16_t port;            /* 0 for SMTP_UNIX */
};

/*
 * smtp_endpoint_parse(text, out, e): "unix:/path", "[127.0.0.1]:10026", "127.0.0.1:10026", "[::1]:10026" or
 * "localhost:10026", which is 127.0.0.1 and is looked up nowhere.  There is no TLS here and a copy may be
 * clear text, so an address that is not of the loopback is refused, and so is any other name:
 * ERROR_CONFIGURATION.
 */
int smtp_endpoint_parse(const char *text, struct smtp_endpoint *out, struct error *e);

/* ---- by what ----------------------------------------------------------------------------------- */

/*
 * What carries the octets.  One transport serves any number of threads; each
 * connection belongs to one.  A deadline is an instant of now_ms(), in
 * milliseconds; when it has passed, a call gives what can be had without waiting,
 * else ERROR_TIMEOUT.  Other trouble is ERROR_IO, or ERROR_NO_MEMORY.
 */
struct smtp_transport {
	int (*open)(void *ctx, const struct smtp_endpoint *to, int64_t deadline_ms, void **out_connection,
	    struct error *e);
	/* 1 to `max` octets, 0 when the server has closed, -1. */
	ssize_t (*read)(void *connection, void *to, size_t max, int64_t deadline_ms, struct error *e);
	/* All of `n`; after a failure any part of them may be on its way.  Raises no SIGPIPE. */
	int (*write)(void *connection, const void *from, size_t n, int64_t deadline_ms, struct error *e);
	void (*close)(void *connection);
	int64_t (*now_ms)(void *ctx);
	void *ctx;
};

/* smtp_sockets(): stream sockets; now_ms() is clock_monotonic_ms(). */
const struct smtp_transport *smtp_sockets(void);

/* ---- what -------------------------------------------------------------------------------------- */

enum smtp_fate {
	SMTP_UNTRIED, /* only after smtp_send() has failed */
	SMTP_SENT,    /* 2xx for the final dot */
	SMTP_RETRY,   /* 4xx, no connection, lost before the final dot went, or the server lacks what is needed */
	SMTP_REFUSED, /* 5xx */
	SMTP_UNKNOWN, /* the final dot went out, and no answer came */
};

#define SMTP_REPLY_MAX 512

struct smtp_recipient {
	const char *path;       /* verbatim, with or without brackets */
	const char *parameters; /* "NOTIFY=… ORCPT=…" as the front got them, a space between; "" if none */
	enum smtp_fate fate;
	/* Code, enhanced status, text; UTF-8 without control characters, one line; our own where none came. */
	char reply[SMTP_REPLY_MAX];
};

struct smtp_mail {
	const char *helo;       /* our name, for EHLO */
	const char *sender;     /* verbatim, with or without brackets; "" or "<>" is the null sender */
	const char *parameters; /* of MAIL, as the front got them; "" if none */
	struct smtp_recipient *recipients;
	size_t count;           /* 1 to LIMIT_RECIPIENTS */
	bool eight_bit;         /* octets above 127 in the message: needs 8BITMIME (RFC 6152) */
	bool utf8;              /* UTF-8 in the envelope or a header: needs SMTPUTF8 (RFC 6531) */
	bool needs_dsn;         /* it must not go where what `parameters` says of bounces is not heard (RFC 3461) */
	uint64_t size;          /* octets of the message (RFC 1870); 0: not told */
	/*
	 * Writes the whole message, lines ended by CRLF and not dot-stuffed, once at most.  A CR or LF alone
	 * cannot be sent so that every server reads the same (ERROR_MIME_SYNTAX).  A last line without its end
	 * gets one: SMTP knows no other.
	 */
	int (*write)(void *ctx, struct sink *to, struct error *e);
	void *ctx;
};

/*
 * What went out and was not answered cannot be called back, and sending it again may double it.  So the answer to the
 * final dot has a time of its own: RFC 5321 4.5.3.2.6 asks for ten minutes, but whoever waits for us waits for less
 * (Postfix's milter_content_timeout: 300 seconds).
 */
#define SMTP_ANSWER_MS 240000

/* And no dot goes out with less than this left of the time before: by then the server is in trouble. */
#define SMTP_DOT_MS 10000

/*
 * smtp_send(transport, to, mail, deadline_ms, e): one connection, one transaction.  The deadline is for all up to the
 * final dot; with the dot the SMTP_ANSWER_MS begin.
 *
 * 0: each recipient has its fate and the reply that made it.
 * -1: want of memory, a source that failed, or something that cannot be written as a command
 * (ERROR_ADDRESS_SYNTAX for a path, ERROR_INTERNAL for a parameter or our name): nobody gets anything, every
 * fate is SMTP_UNTRIED.
 *
 * The final dot goes out only after the whole message, SMTP_DOT_MS before the deadline at the latest, and only if the
 * server has said nothing meanwhile; whatever fails before is a connection that is cut, so that no half message is
 * ever accepted.
 *
 * RET, ENVID, NOTIFY, ORCPT (RFC 3461), BODY, SMTPUTF8 and MT-PRIORITY (RFC 6710) are passed as far as EHLO
 * offers them, SIZE is ours, any other parameter is left out.  Commands are pipelined where that is offered
 * (RFC 2920), DATA never.
 */
int smtp_send(const struct smtp_transport *transport, const struct smtp_endpoint *to,
    const struct smtp_mail *mail, int64_t deadline_ms, struct error *e);

#endif
