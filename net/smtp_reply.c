/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <string.h>

#include "net/smtp_reply_private.h"

struct reply_line {
	int code;
	bool last;
	const char *text;
	size_t size;
};

/* "250-text", "250 text" or "250"; -1 if it is none of them. */
static int
parse_line(const char *line, size_t n, struct reply_line *out)
{
	if (n < 3 || line[0] < '2' || line[0] > '5' || line[1] < '0' || line[1] > '9' || line[2] < '0' ||
	    line[2] > '9')
		return -1;
	if (n > 3 && line[3] != ' ' && line[3] != '-')
		return -1;
	out->code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
	out->last = n == 3 || line[3] == ' ';
	out->text = line + (n > 3 ? 4 : 3);
	out->size = n - (size_t)(out->text - line);
	return 0;
}

static int
read_line(struct smtp_link *l, int code, struct reply_line *out, struct error *e)
{
	const char *line;
	size_t n;

	if (smtp_link_line(l, &line, &n, e) != 0)
		return -1;
	if (parse_line(line, n, out) == 0 && (code == 0 || out->code == code))
		return 0;
	l->broken = true;
	return error_set(e, ERROR_SMTP_SYNTAX, "no reply of SMTP: \"%.*s\"", n < 80 ? (int)n : 80, line);
}

/* As much of a text as there is room for, behind a space. */
static void
append(struct smtp_reply *reply, const struct reply_line *line)
{
	size_t used = strlen(reply->text);

	if (line->size > 0)
		(void)snprintf(
		    reply->text + used, sizeof reply->text - used, " %.*s", (int)line->size, line->text);
}

int
smtp_reply_read(struct smtp_link *l, struct smtp_offer *offer, struct smtp_reply *out, struct error *e)
{
	struct smtp_reply reply = { .code = 0 };
	struct reply_line line = { .last = false };

	for (unsigned lines = 0; !line.last; lines++) {
		if (lines == SMTP_REPLY_LINES) {
			l->broken = true;
			return error_set(
			    e, ERROR_SMTP_SYNTAX, "a reply of more than %d lines", SMTP_REPLY_LINES);
		}
		if (read_line(l, reply.code, &line, e) != 0)
			return -1;
		if (lines == 0)
			(void)snprintf(reply.text, sizeof reply.text, "%d", line.code);
		else if (offer != NULL)
			smtp_offer_line(offer, line.text, line.size);
		reply.code = line.code;
		append(&reply, &line);
	}
	*out = reply;
	return 0;
}

int
smtp_reply_class(const struct smtp_reply *r)
{
	return r->code / 100;
}
