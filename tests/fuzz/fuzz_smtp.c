/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Any octets as the server's side of a dialogue.  The first octet chooses how it is run; 0xff is not sent but waits
 * for the client to say something.  A recipient is "sent" only if a 2xx reply was read that came after the final dot,
 * the dot follows only the whole message, and a source that fails sends no dot.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "net/smtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MESSAGE      "Subject: x\r\n\r\n.dot\r\nhello\r\n"
#define ON_THE_WIRE  "DATA\r\nSubject: x\r\n\r\n..dot\r\nhello\r\n.\r\n"
#define WAIT         0xff
#define RECIPIENTS   4
#define RECEIVED_MAX 8192

enum { BY_OCTETS = 1, SOURCE_FAILS = 2, EIGHT_BIT = 4, UTF8 = 8, LONG_DEADLINE = 16 };

struct server {
	const uint8_t *data;
	size_t size, at, dot_at; /* `dot_at`: where its octets stood when the dot came, or SIZE_MAX */
	unsigned options;
	bool asked; /* the client said something since the last wait */
	char received[RECEIVED_MAX];
	size_t received_size;
	int64_t now_ms;
};

static int
server_open(
    void *ctx, const struct smtp_endpoint *to, int64_t deadline_ms, void **out_connection, struct error *e)
{
	(void)to;
	(void)deadline_ms;
	(void)e;
	*out_connection = ctx;
	return 0;
}

static ssize_t
server_read(void *connection, void *to, size_t max, int64_t deadline_ms, struct error *e)
{
	struct server *s = connection;
	size_t n = 0;

	while (s->at < s->size && s->data[s->at] == WAIT) {
		if (!s->asked) {
			if (s->now_ms < deadline_ms)
				s->now_ms = deadline_ms;
			return error_set(e, ERROR_TIMEOUT, "silence");
		}
		s->at++;
		s->asked = false;
	}
	if ((s->options & BY_OCTETS) != 0)
		max = 1;
	while (n < max && s->at < s->size && s->data[s->at] != WAIT)
		((uint8_t *)to)[n++] = s->data[s->at++];
	return (ssize_t)n;
}

static int
server_write(void *connection, const void *from, size_t n, int64_t deadline_ms, struct error *e)
{
	static const char end[] = ON_THE_WIRE;
	struct server *s = connection;

	(void)deadline_ms;
	(void)e;
	if (n > RECEIVED_MAX - s->received_size)
		abort();
	memcpy(s->received + s->received_size, from, n);
	s->received_size += n;
	s->asked = true;
	if (s->received_size >= sizeof end - 1 &&
	    memcmp(s->received + s->received_size - (sizeof end - 1), end, sizeof end - 1) == 0)
		s->dot_at = s->at;
	return 0;
}

static void
server_close(void *connection)
{
	(void)connection;
}

static int64_t
server_now_ms(void *ctx)
{
	const struct server *s = ctx;

	return s->now_ms;
}

static int
write_message(void *ctx, struct sink *to, struct error *e)
{
	const struct server *s = ctx;

	if (sink_text(to, MESSAGE, e) != 0)
		return -1;
	return (s->options & SOURCE_FAILS) != 0 ? error_set(e, ERROR_CRYPTO, "as asked") : 0;
}

/* Behind the dot stands a whole reply of 2xx: judged anew, from the octets, waits left out. */
static bool
accepted(const struct server *s)
{
	char text[8192];
	size_t n = 0;
	const char *line = text, *lf;

	if (s->dot_at == SIZE_MAX)
		return false;
	for (size_t i = s->dot_at; i < s->at && n < sizeof text; i++)
		if (s->data[i] != WAIT)
			text[n++] = (char)s->data[i];
	while ((lf = memchr(line, '\n', (size_t)(text + n - line))) != NULL) {
		if (lf - line < 4 || lf[-1] != '\r' || line[0] != '2' || memcmp(line, text, 3) != 0)
			return false;
		if (line[3] == ' ' || line[3] == '\r')
			return true;
		line = lf + 1;
	}
	return n == sizeof text; /* too long to be judged here */
}

/* The client speaks lines of visible ASCII (the mail here has no other octets), and no dot but the one. */
static void
check_received(const struct server *s)
{
	for (size_t i = 0; i < s->received_size; i++) {
		char c = s->received[i];

		if (c != '\r' && c != '\n' && (c < ' ' || c > '~'))
			abort();
		if (c == '\n' && (i == 0 || s->received[i - 1] != '\r'))
			abort();
	}
	for (size_t i = 0; i + 5 <= s->received_size; i++)
		if (memcmp(s->received + i, "\r\n.\r\n", 5) == 0 && s->dot_at == SIZE_MAX)
			abort();
	if (s->dot_at != SIZE_MAX && (s->options & SOURCE_FAILS) != 0)
		abort();
}

static void
check_fate(const struct server *s, const struct smtp_recipient *r, int rc)
{
	static const char first[] = {
		[SMTP_SENT] = '2', [SMTP_RETRY] = '4', [SMTP_REFUSED] = '5', [SMTP_UNKNOWN] = '4'
	};

	if ((rc != 0) != (r->fate == SMTP_UNTRIED))
		abort();
	if (r->reply[0] != first[r->fate] || !text_is_utf8(r->reply, strlen(r->reply)))
		abort();
	for (const char *c = r->reply; *c != '\0'; c += text_printable_octets(c, strlen(c)))
		if (text_printable_octets(c, strlen(c)) == 0)
			abort();
	if (r->fate == SMTP_SENT && !accepted(s))
		abort();
	if (r->fate == SMTP_UNKNOWN && s->dot_at == SIZE_MAX)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct smtp_endpoint to = { SMTP_IPV4, "127.0.0.1", 1 };
	struct smtp_recipient recipients[RECIPIENTS];
	struct server s = { .data = data, .size = size, .dot_at = SIZE_MAX };
	struct smtp_transport transport = { server_open, server_read, server_write, server_close,
		server_now_ms, &s };
	struct smtp_mail mail = { .helo = "gate.example",
		.sender = "<a@one.example>",
		.parameters = "RET=HDRS ENVID=x MT-PRIORITY=3",
		.recipients = recipients,
		.size = sizeof MESSAGE - 1,
		.write = write_message,
		.ctx = &s };
	struct error e = ERROR_INIT;
	int rc;

	if (size == 0)
		return 0;
	s.options = data[0];
	s.at = 1;
	mail.count = 1 + (data[0] >> 5) % RECIPIENTS;
	mail.eight_bit = (s.options & EIGHT_BIT) != 0;
	mail.utf8 = (s.options & UTF8) != 0;
	for (size_t i = 0; i < mail.count; i++)
		recipients[i] =
		    (struct smtp_recipient){ .path = "<b@two.example>", .parameters = "NOTIFY=NEVER" };
	rc = smtp_send(&transport, &to, &mail, (s.options & LONG_DEADLINE) != 0 ? 100000 : SMTP_DOT_MS, &e);
	check_received(&s);
	for (size_t i = 0; i < mail.count; i++)
		check_fate(&s, &recipients[i], rc);
	return 0;
}
