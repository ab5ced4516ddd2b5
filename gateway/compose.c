/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "base/text.h"
#include "gateway/gateway_private.h"
#include "gateway/guard_private.h"
#include "mime/date_field.h"

/* A copy as it goes to the MTA: what the message would be after the edits of its body, behind a trace field of ours. */

/* What somebody else said about himself goes into a field only where it can be read in one way. */
static const char *
plain_or(const char *text, const char *otherwise)
{
	if (text == NULL || *text == '\0')
		return otherwise;
	for (const char *c = text; *c != '\0'; c++)
		if (*c <= ' ' || *c >= 127 || strchr("()<>@,;\\\"", *c) != NULL)
			return otherwise;
	return text;
}

/*
 * RFC 5321 4.4.  A milter does not see the field that its MTA writes, so this one tells of the client, too; and it lets
 * a loop be counted.
 */
static int
write_received(const struct gateway_message *m, struct sink *to, struct error *e)
{
	struct buffer field = BUFFER_INIT(LIMIT_HEADER_FIELD);
	const char *address = plain_or(m->client_address, "127.0.0.1");
	const char *form = strchr(address, ':') != NULL ? "IPv6:" : "";
	int rc = buffer_append_format(&field, e, "Received: from %s ([%s%s])\r\n\tby %s (Postseal) id %s;\r\n\t",
	    plain_or(m->client_name, "localhost"), form, address, settings_gateway_id(m->settings),
	    plain_or(m->queue_id, "unknown"));

	if (rc == 0)
		rc = date_field_write(clock_now(m->gateway->parts.clock), &field, e);
	if (rc == 0)
		rc = buffer_append_text(&field, "\r\n", e);
	if (rc == 0)
		rc = sink_write(to, buffer_text(&field), field.size, e);
	buffer_done(&field);
	return rc;
}

int
copy_write(const struct body *b, struct spool *to, bool *out_eight_bit, struct error *e)
{
	const struct gateway_message *m = b->message;
	struct sink spool = spool_sink(to);
	struct guard guard;
	struct sink guarded = guard_sink(&guard, &spool);

	if (write_received(m, &guarded, e) != 0 ||
	    edits_write(&b->edits, m->headers, spool_all(m->text), &guarded, e) != 0 || guard_end(&guard, e) != 0)
		return -1;
	*out_eight_bit = guard.eight_bit;
	return 0;
}

/* incoming.c sets a sender, with parameters, for what was opened. */
bool
copy_is_opened(const struct body *b)
{
	return b->edits.sender != NULL;
}

/* RFC 3461 4.3: bounces of what was opened must not carry its text, whatever the front asked for. */
int
copy_parameters(const struct body *b, struct buffer *out, struct error *e)
{
	bool short_bounces = copy_is_opened(b);
	const char *word = b->message->mail_parameters;
	int rc = 0;

	while (*word != '\0' && rc == 0) {
		size_t n = strcspn(word, " ");

		if (!short_bounces || !text_starts_nocase(word, "RET="))
			rc = buffer_append_format(out, e, "%s%.*s", out->size > 0 ? " " : "", (int)n, word);
		word += n + (word[n] == ' ');
	}
	if (rc == 0 && short_bounces)
		rc = buffer_append_format(out, e, "%sRET=HDRS", out->size > 0 ? " " : "");
	return rc;
}
